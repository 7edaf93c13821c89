// A folder that lives as long as this process.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'closewatch-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
