import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { parseYaml } from './compose.js';
import { readPage } from './markdown.js';

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly ports?: readonly { readonly containerPort: number }[];
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
  readonly lifecycle?: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
  readonly livenessProbe?: { readonly exec: { readonly command: readonly string[] } };
  readonly readinessProbe?: { readonly httpGet: { readonly path: string; readonly port: number } };
}

interface Labels {
  readonly [name: string]: string;
}

interface StatefulSet {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly serviceName: string;
    readonly selector: { readonly matchLabels: Labels };
    readonly template: {
      readonly metadata: { readonly labels: Labels };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly initContainers: readonly [Container];
        readonly containers: readonly [Container, Container];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
    readonly volumeClaimTemplates: readonly { readonly metadata: { readonly name: string } }[];
  };
}

const page = readPage('docs/guide/several-hosts.md');
const block = page.blocks.find(({ language }) => language === 'yaml');
const { spec, metadata, kind } = parseYaml(block?.text ?? '') as StatefulSet;
const pod = spec.template.spec;
const [configuration] = pod.initContainers;
const [app, nginx] = pod.containers;

/** Returns the volume that contains a path, and the place of the path in it. */
function placeOf({ volumeMounts }: Container, path: string): string {
  const mount = volumeMounts.find(({ mountPath }) => `${path}/`.startsWith(`${mountPath}/`));
  if (mount === undefined) throw new Error(`Nothing is mounted at ${path}`);
  return posix.join(mount.name, posix.relative(mount.mountPath, path));
}

const webRootOf = ({ env }: Container) => env?.find(({ name }) => name === 'WEB_ROOT')?.value ?? '';

test('the manifest of the guide has a pod in which nginx reads what the app writes, below the root of the volume', () => {
  expect([kind, spec.serviceName]).toEqual(['StatefulSet', metadata.name]);
  expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
  const webRoot = webRootOf(configuration);
  expect(webRootOf(app)).toBe(webRoot);
  expect(placeOf(nginx, webRoot)).toBe(placeOf(app, webRoot));
  expect(placeOf(app, webRoot)).toMatch(/^pages\/\w/);
  expect(nginx.volumeMounts.every(({ readOnly }) => readOnly)).toBe(true);
});

test('its volumes are those that it declares', () => {
  const mounted = [configuration, app, nginx].flatMap(({ volumeMounts }) =>
    volumeMounts.map(({ name }) => name),
  );
  const declared = [...pod.volumes, ...spec.volumeClaimTemplates.map((claim) => claim.metadata)];
  expect([...new Set(mounted)].sort()).toEqual(declared.map(({ name }) => name).sort());
});

test('its nginx gets the configuration that the image of the app makes, for an app on the loopback of the pod', () => {
  const [, , line = ''] = configuration.command ?? [];
  const file = line.split(' > ')[1] ?? '';
  expect(placeOf(configuration, file)).toBe(placeOf(nginx, '/etc/nginx/conf.d/default.conf'));
  expect(configuration.image).toBe(app.image);
  const upstream = /--upstream (\S+)/.exec(line)?.[1];
  const [probed] = /http:\/\/[\d.:]+\/\w+/.exec(app.livenessProbe?.exec.command.join(' ') ?? '') ?? [];
  expect(probed).toBe(`http://${upstream}${nginx.readinessProbe?.httpGet.path}`);
  expect(nginx.ports).toEqual([{ containerPort: nginx.readinessProbe?.httpGet.port }]);
});

test('what its probes ask is no page, and the pod has time to stop', () => {
  const { text = '' } = page.blocks.find(({ text }) => text.includes('urls: [')) ?? {};
  const patterns = [...text.matchAll(/\/(\^.+?\$)\/[,\]]/g)].map(([, source = '']) => new RegExp(source));
  const path = nginx.readinessProbe?.httpGet.path ?? '';
  expect(patterns.map((pattern) => pattern.test(path))).toEqual([false, false]);
  const waits = [app, nginx].map(({ lifecycle }) => Number(lifecycle?.preStop.exec.command[1]));
  // close() tries twice, and each attempt takes at most five seconds.
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(Math.max(...waits) + 10);
});
