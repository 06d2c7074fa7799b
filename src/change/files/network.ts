import { statfs } from 'node:fs/promises';

/** File systems on which other machines, or a host, make changes that this system is not told of, by `f_type`. */
const SHARED: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x786f4256, 'VirtualBox'],
  [0xbacbacbc, 'VMware'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x5346414f, 'AFS'],
]);

/** The kind of file system that a folder is on, if changes to it may not be noticed as they happen. */
export async function sharedFileSystem(folder: string): Promise<string | undefined> {
  const { type } = await statfs(folder);
  return nameOfShared(type);
}

export function nameOfShared(type: number): string | undefined {
  // Some systems give a number of 32 bits with a sign.
  return SHARED.get(type >>> 0);
}
