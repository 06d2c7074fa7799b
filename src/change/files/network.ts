import { statfs } from 'node:fs/promises';

/** File systems that other machines, or a host, may change without a report to this system, by `f_type`. */
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

/** Returns the kind of file system that a folder is on, if changes there may not be noticed at once. Otherwise `undefined`. */
export async function sharedFileSystem(folder: string): Promise<string | undefined> {
  const { type } = await statfs(folder);
  return nameOfShared(type);
}

export function nameOfShared(type: number): string | undefined {
  // Some systems return a signed number of 32 bits.
  return SHARED.get(type >>> 0);
}
