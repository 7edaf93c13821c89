// Certificates made by openssl, and how each client is told to trust them.

import { spawnSync } from 'node:child_process';
import { X509Certificate, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// A self-signed certificate of this machine, in `folder`.
export function makeCertificate(folder, name = 'server') {
  const certificate = join(folder, `${name}.pem`);
  const key = join(folder, `${name}.key`);
  const { status, stderr } = spawnSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', `/CN=${name}.closewatch.test`, '-addext', `subjectAltName=DNS:localhost,DNS:${name}.closewatch.test,IP:127.0.0.1`,
    '-keyout', key, '-out', certificate,
  ], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl made no certificate: ${stderr}`);
  return { certificate, key };
}

// The environment in which Node.js and Python trust it.
export const trusting = ({ certificate }) => ({ NODE_EXTRA_CA_CERTS: certificate, SSL_CERT_FILE: certificate });

export const serialNumber = ({ certificate }) => new X509Certificate(readFileSync(certificate)).serialNumber;

// What Chromium wants to be told instead.
export function keyHash({ certificate }) {
  const { publicKey } = new X509Certificate(readFileSync(certificate));
  return createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
}
