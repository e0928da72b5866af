/** A jest transform that lets esbuild strip the types: the build's compiler, so tests run what ships. */
import { transformSync } from 'esbuild'

export default {
  process(source, path) {
    const { code, map } = transformSync(source, {
      loader: 'ts',
      format: 'esm',
      target: 'node20',
      sourcemap: true,
      sourcefile: path,
    })
    return { code, map }
  },
}
