import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type AssetOptions, type Assets, assets, type CollectOptions } from '../../../src/assets/index.js';
import { readManifest } from '../../../src/assets/manifest.js';
import { RecordingLogger } from '../../helpers/recording-logger.js';
import { temporaryFolder } from '../../helpers/temporary.js';

export type Files = Readonly<Record<string, string | Buffer>>;

/** A folder of assets, with a STATIC_ROOT next to it. */
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

  /** Replaces all files of the folder with these. */
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

  /** Returns the digested name of an asset, from the manifest on the disk. */
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

  /** Returns the text, with `<<css/site.css>>` replaced by the last segment of the digested name of css/site.css. */
  expected(text: string): string {
    return text.replace(/<<(.+?)>>/g, (_, name: string) => encodeURIComponent(basename(this.nameOf(name))));
  }
}

export async function assetFolders(files: Files, options: Partial<AssetOptions> = {}): Promise<AssetFolders> {
  const folders = new AssetFolders(await temporaryFolder(), options);
  folders.write(files);
  return folders;
}
