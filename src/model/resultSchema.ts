import Type, { type Static, type TSchema } from 'typebox';
import { REASONS } from './reasons.ts';

/*
 * The one description of a probe result: the type (result.ts) is derived from it and the JSON writers are compiled from it.
 * It stands apart from result.ts so that a one-shot command loads no schema library.
 */

/** `null` where a thing is absent. `nullable` is OpenAPI's keyword, which the JSON writer compiles to a plain check. */
function nullable<T extends TSchema>(schema: T) {
  return Type.Unsafe<Static<T> | null>({ ...schema, nullable: true });
}

const PhaseTimingsSchema = Type.Object(
  {
    dns: nullable(Type.Number()),
    connect: nullable(Type.Number()),
    tls: nullable(Type.Number()),
    rpc: nullable(Type.Number()),
    total: Type.Number(),
  },
  { description: 'Milliseconds per phase; null where the phase was not reached, or does not exist as TLS for dip' },
);

const TlsFactsSchema = Type.Object({
  protocol: Type.String({ description: 'As OpenSSL names it: TLSv1.3' }),
  cipher: Type.String(),
  peerNotAfter: nullable(Type.String({ description: "ISO 8601, UTC: when the service's certificate ends" })),
});

export const ProbeResultSchema = Type.Object({
  target: Type.String({ description: 'URL: dips://host:port/System/Service' }),
  ok: Type.Boolean(),
  reason: nullable(Type.Unsafe<(typeof REASONS)[number]>({ type: 'string', enum: [...REASONS] })),
  detail: nullable(
    Type.String({
      description: "For people: DIRAC's own message where the service gave one, else what failed and where",
    }),
  ),
  encoding: nullable(Type.Unsafe<'dencode' | 'json'>({ type: 'string', enum: ['dencode', 'json'] })),
  version: nullable(Type.String()),
  name: nullable(Type.String()),
  serviceUptimeSeconds: nullable(
    Type.Number({ description: "From the answer's own clock: the field on the wire is wrong up to v7r3" }),
  ),
  serviceStartTime: nullable(Type.String({ description: 'ISO 8601, UTC' })),
  hostUptimeSeconds: nullable(Type.Number()),
  load: nullable(
    Type.Unsafe<[number, number, number]>({
      type: 'array',
      items: { type: 'number' },
      description: "Load average of the service's host over 1, 5 and 15 minutes",
    }),
  ),
  address: nullable(Type.String({ description: 'The address that was connected to' })),
  timingsMs: PhaseTimingsSchema,
  tls: nullable(TlsFactsSchema),
});

export type ProbeResultOfSchema = Static<typeof ProbeResultSchema>;
export type PhaseTimingsOfSchema = Static<typeof PhaseTimingsSchema>;
export type TlsFactsOfSchema = Static<typeof TlsFactsSchema>;
