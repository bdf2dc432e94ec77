/** No usable credential: `message` says which file, what is wrong with it, or everywhere it was looked for. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
}
