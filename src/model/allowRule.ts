/**
 * Which targets the prober may be asked to ping: those that fit any rule. Checked, plain data. A rule fits a target whose port and
 * service fit and whose host does, by name or by its addresses.
 */
export interface AllowRule {
  /** Lower case, exact or `*.example.org`; such a host may resolve to anything. */
  hosts: readonly string[];
  /** Networks such as `10.0.0.0/8` or `fc00::/7`. */
  cidrs: readonly string[];
  /** Networks inside `cidrs` that are not meant. */
  exceptCidrs: readonly string[];
  ports: readonly PortRange[];
  /** `System/Service` or `System/*`; empty = any. */
  services: readonly string[];
}

/** Both ends belong to it. */
export interface PortRange {
  from: number;
  to: number;
}
