/* The library's main file loads its cluster, push and default metrics too: 22 MB against 1 MB (decision 30). */
declare module 'prom-client/lib/registry.js' {
  import { Registry } from 'prom-client';

  export default Registry;
}
