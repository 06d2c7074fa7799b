import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { repository } from './markdown.js';

/** The folder of the example of several hosts with Docker Compose. */
export const composeFolder = join(repository, 'docs/examples/compose');

export interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[] | Readonly<Record<string, Attachment>>;
  readonly hostname?: string;
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

export interface Attachment {
  readonly aliases?: readonly string[];
  readonly ipv4_address?: string;
}

interface Network {
  readonly ipam?: { readonly config: readonly { readonly subnet: string }[] };
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, Network>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

interface Mount {
  /** A named volume, or a path of the example. */
  readonly source: string;
  readonly target: string;
  readonly isReadOnly: boolean;
}

// The YAML parser of the browser's driver: one file of the tests does not justify another package.
const { yaml } = createRequire(import.meta.url)('playwright-core/lib/utilsBundle') as {
  readonly yaml: { parse(text: string, options: { merge: boolean }): unknown };
};

export function parseYaml(text: string): unknown {
  return yaml.parse(text, { merge: true });
}

export const compose = parseYaml(readExample('compose.yaml')) as Compose;

export function readExample(file: string): string {
  return readFileSync(join(composeFolder, file), 'utf8');
}

export function serviceOf(name: string): Service {
  const service = compose.services[name];
  if (service === undefined) throw new Error(`There is no service ${name} in compose.yaml`);
  return service;
}

export function mountsOf(name: string): readonly Mount[] {
  return (serviceOf(name).volumes ?? []).map((text) => {
    const [source = '', target = '', mode] = text.split(':');
    return { source, target, isReadOnly: mode === 'ro' };
  });
}

/** Returns the volume that a service sees as this folder. */
export function volumeAt(name: string, folder: string): string {
  const mount = mountsOf(name).find(({ target }) => target === folder);
  if (mount === undefined) throw new Error(`${name} mounts nothing at ${folder}`);
  return mount.source;
}

export function networksOf(name: string): Readonly<Record<string, Attachment>> {
  const { networks = {} } = serviceOf(name);
  if (!Array.isArray(networks)) return networks as Readonly<Record<string, Attachment>>;
  return Object.fromEntries(networks.map((network: string) => [network, {}]));
}

/**
 * Returns the services that another one finds under a name, with their addresses: Docker looks in the networks that
 * both share.
 */
export function found(
  from: string,
  name: string,
): readonly { readonly service: string; readonly address?: string | undefined }[] {
  return Object.keys(compose.services).flatMap((service) =>
    Object.entries(networksOf(service))
      .filter(([network]) => network in networksOf(from))
      .filter(([, attachment]) => service === name || attachment?.aliases?.includes(name))
      .map(([, attachment]) => ({ service, address: attachment?.ipv4_address })),
  );
}

/** Returns the arguments of the command that prints the configuration, and the file that it writes. */
export function configurationCommand(): { readonly words: readonly string[]; readonly file: string } {
  const [, , line = ''] = serviceOf('configuration').command ?? [];
  const [command = '', file = ''] = line.split(' > ');
  const [, , ...words] = command.split(' ');
  return { words, file };
}

/** Returns the value of an option of that command. */
export function optionOf(name: string): string {
  const { words } = configurationCommand();
  const value = words[words.indexOf(name) + 1];
  if (!words.includes(name) || value === undefined) throw new Error(`The command has no ${name}`);
  return value;
}

/** Returns the servers of `balancer.conf`, as `host:port`. */
export function balanced(): readonly string[] {
  return [...readExample('balancer.conf').matchAll(/^\s*server ([\w-]+:\d+)/gm)].map(
    ([, server = '']) => server,
  );
}
