import { loadConfigFile } from '../../../dist/config-file.js';

const plain = (_, value) =>
  value instanceof RegExp ? String(value) : typeof value === 'function' ? 'function' : value;
const tell = (told) => process.stdout.write(JSON.stringify(told, plain));

/** Prints the options that a configuration file is read as, or the error. */
export async function tellConfig([named, folder]) {
  try {
    tell(await loadConfigFile(named || undefined, folder || undefined));
  } catch (error) {
    tell({ code: error.code, message: error.message, path: error.path, cause: error.cause?.message });
  }
  return 0;
}
