import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type AssetOptions, type Assets, assets, type CollectOptions } from '../../../src/assets/index.js';
import { readManifest } from '../../../src/assets/manifest.js';
import { RecordingLogger } from '../../helpers/recording-logger.js';
import { temporaryFolder } from '../../helpers/temporary.js';

export type Files = Readonly<Record<string, string | Buffer>>;

/** A folder of assets, and a STATIC_ROOT beside it. */
export class AssetFolders {
  readonly folder: string;
  readonly logger = new RecordingLogger();
  readonly options: AssetOptions;

  constructor(folder: string, options: Partial<AssetOptions> = {}) {
    this.folder = folder;
    this.options = { dirs: [join(folder, 'static')], root: this.root, mode: 'development', ...options };
  }

  get root(): string {
    return join(this.folder, 'collected');
  }

  write(files: Files): void {
    for (const [name, content] of Object.entries(files)) {
      const file = join(this.folder, 'static', name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }

  /** These files and no others. */
  replace(files: Files): void {
    rmSync(join(this.folder, 'static'), { recursive: true, force: true });
    this.write(files);
  }

  assets(options: Partial<AssetOptions> = {}): Assets {
    return assets({ ...this.options, ...options, logger: this.logger });
  }

  async collect(options: CollectOptions = {}) {
    return await this.assets().collect(options);
  }

  /** The digested name, by the manifest on the disk. */
  nameOf(logicalPath: string): string {
    const digested = readManifest(this.root)?.assets.get(logicalPath)?.digestedPath;
    if (digested === undefined) throw new Error(`${logicalPath} has not been collected`);
    return digested;
  }

  bytes(logicalPath: string): Buffer {
    return readFileSync(join(this.root, this.nameOf(logicalPath)));
  }

  read(logicalPath: string): string {
    return this.bytes(logicalPath).toString('utf8');
  }

  /** A text with `<<css/site.css>>` for the last segment of an asset's digested name. */
  expected(text: string): string {
    return text.replace(/<<(.+?)>>/g, (_, name: string) => encodeURIComponent(basename(this.nameOf(name))));
  }
}

export async function assetFolders(files: Files, options: Partial<AssetOptions> = {}): Promise<AssetFolders> {
  const folders = new AssetFolders(await temporaryFolder(), options);
  folders.write(files);
  return folders;
}
