import { readFile } from "node:fs/promises";
import { isIP, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls, createSecureContext, type TLSSocket } from "node:tls";
import { UserError } from "../../trouble/index.ts";
import { type DatabaseTarget, sslModeOf } from "../target/target.ts";
import { certificateTrouble, day, issuerOf, namesOf } from "./certificate-trouble.ts";
import { type Found, outside } from "./step.ts";

/** What every PostgreSQL answers with S, N or an error before anything else is said. */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** Asks for TLS as the target says, and checks the server's certificate; answers the socket to go on with. */
export async function secure(target: DatabaseTarget, socket: Socket): Promise<Found<Socket | TLSSocket>> {
  const mode = sslModeOf(target);
  const where = `${target.host}:${target.port}`;
  if (target.host.startsWith("/")) return { value: socket, seen: "not on a Unix socket", skipped: true };
  if (mode === "disable") return { value: socket, seen: "not asked for (sslmode=disable)", skipped: true };
  const ca = target.caFile === undefined ? undefined : await readAuthorities(target.caFile);
  const answer = await answerTo(target, socket);
  if (answer === "N") {
    if (mode === "prefer") return { value: socket, seen: "the server offers none: not encrypted" };
    throw outside({
      code: "database-tls-not-offered",
      message: `${where}: the server offers no TLS, and sslmode is ${mode}.`,
      hint: "Switch ssl on at the server. On a network that nobody else can read, --sslmode disable goes without.",
    });
  }
  const secured = await handshake(target, socket, ca);
  try {
    return await check(target, secured, ca);
  } catch (error) {
    secured.destroy();
    throw error;
  }
}

async function check(
  target: DatabaseTarget,
  secured: TLSSocket,
  ca: Buffer | undefined,
): Promise<Found<TLSSocket>> {
  const mode = sslModeOf(target);
  const certificate = secured.getPeerCertificate();
  // libpq's rule: require with a file of authorities checks them.
  const checksAuthority =
    mode === "verify-ca" || mode === "verify-full" || (mode === "require" && ca !== undefined);
  const trouble = (code: string) =>
    certificateTrouble({ where: `${target.host}:${target.port}`, code, certificate, caFile: target.caFile });
  // Types say Error; at run time it is OpenSSL's code as text.
  const refusal = secured.authorized ? undefined : String(secured.authorizationError);
  if (checksAuthority && refusal !== undefined) throw trouble(refusal);
  const identity = checkServerIdentity(target.host, certificate);
  if (mode === "verify-full" && identity !== undefined) throw trouble("ERR_TLS_CERT_ALTNAME_INVALID");
  const protocol = secured.getProtocol() ?? "TLS";
  const until = `certificate from ${issuerOf(certificate)} until ${day(certificate.valid_to)}`;
  if (mode === "verify-full")
    return { value: secured, seen: `${protocol}, ${until}, checked for ${target.host}` };
  if (checksAuthority)
    return { value: secured, seen: `${protocol}, ${until}, authority checked, for ${namesOf(certificate)}` };
  const doubt =
    refusal ??
    (identity === undefined ? "nothing: verify-full would pass" : `it is for ${namesOf(certificate)}`);
  return {
    value: secured,
    seen: `${protocol}, ${until}, not checked (sslmode=${mode})`,
    hint: `Encrypted, but whoever answers is believed. What a check would say: ${doubt}.`,
  };
}

/** The one byte that the server answers; whatever else it does is trouble. */
async function answerTo(target: DatabaseTarget, socket: Socket): Promise<"S" | "N"> {
  const where = `${target.host}:${target.port}`;
  const bytes = await new Promise<Buffer | undefined>((resolve, reject) => {
    const timer = setTimeout(
      () => done(() => reject(silent(where, target.timeoutSeconds))),
      target.timeoutSeconds * 1000,
    );
    const done = (settle: () => void): void => {
      clearTimeout(timer);
      socket.removeListener("data", onData);
      socket.removeListener("error", onError);
      socket.removeListener("close", onClose);
      settle();
    };
    const onData = (data: Buffer): void => {
      socket.pause();
      done(() => resolve(data));
    };
    const onError = (error: Error): void => done(() => reject(cut(where, error)));
    const onClose = (): void => done(() => resolve(undefined));
    socket.on("data", onData).once("error", onError).once("close", onClose);
    socket.write(sslRequest);
  });
  if (bytes === undefined) throw cut(where);
  // One byte is all that may come: more is another protocol, or someone in between who puts words in.
  if (bytes.length === 1 && (bytes[0] === 0x53 || bytes[0] === 0x4e)) return bytes[0] === 0x53 ? "S" : "N";
  throw notPostgres(where, bytes);
}

function handshake(target: DatabaseTarget, socket: Socket, ca: Buffer | undefined): Promise<TLSSocket> {
  const where = `${target.host}:${target.port}`;
  return new Promise((resolve, reject) => {
    const secured = connectTls({
      socket,
      ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
      ...(ca === undefined ? {} : { ca }),
      minVersion: "TLSv1.2",
      // Checked afterwards, so that chain and name can be told apart; nothing is sent before that.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    const timer = setTimeout(() => {
      secured.destroy();
      reject(silent(where, target.timeoutSeconds));
    }, target.timeoutSeconds * 1000);
    secured.once("secureConnect", () => {
      clearTimeout(timer);
      secured.removeListener("error", onError);
      resolve(secured);
    });
    const onError = (error: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      reject(
        outside({
          code: "database-tls-failed",
          message: `${where}: the server offered TLS, and the two sides did not agree (${error.code ?? error.message}).`,
          hint: "The server may speak only TLS older than 1.2, or want a certificate of the client, which bisonflow does not give.",
          cause: error,
        }),
      );
    };
    secured.once("error", onError);
  });
}

/** Reads and checks a file of authorities. */
export async function readAuthorities(path: string): Promise<Buffer> {
  const invalid = (seen: string, cause?: unknown): UserError =>
    new UserError({
      code: "ca-file-invalid",
      message: `${path}: ${seen}; a PEM file of certificates was expected.`,
      hint: "Check the path given with --ca (or sslrootcert).",
      cause,
    });
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw invalid(error.code === "ENOENT" ? "no such file" : `it cannot be read (${error.code})`, error);
  });
  if (!bytes.includes("-----BEGIN CERTIFICATE-----")) throw invalid("no certificate stands in it");
  try {
    createSecureContext({ ca: bytes });
  } catch (error) {
    throw invalid("a certificate in it is damaged", error);
  }
  return bytes;
}

/** A server that took the connection and says nothing. */
export function silent(where: string, seconds: number) {
  return outside({
    code: "database-silent",
    message: `${where}: the server took the connection and said nothing for ${seconds} s.`,
    hint: "Something listens there that is no PostgreSQL, or a proxy whose database is down, or a server too busy to answer: check host and port.",
  });
}

/** A server that ended the connection. */
export function cut(where: string, cause?: Error) {
  return outside({
    code: "database-closed",
    message: `${where}: the other side closed the connection without an answer.`,
    hint: "A proxy or load balancer without a database behind it does so, and a server that is just going down: check host and port, then try again.",
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Something that answers in another language. */
export function notPostgres(where: string, bytes: Uint8Array) {
  const text = Buffer.from(bytes.subarray(0, 60)).toString("latin1");
  const said = text.replace(/[^\x20-\x7e]+/g, " ").trim();
  const kind = /^HTTP\//.test(text)
    ? "a web server"
    : /^SSH-/.test(text)
      ? "an SSH server"
      : /mysql|mariadb/i.test(text)
        ? "a MySQL server"
        : "no PostgreSQL";
  return outside({
    code: "database-not-postgresql",
    message: `${where}: what answers there is ${kind}: ${JSON.stringify(said)}.`,
    hint: "Check host and port; PostgreSQL's own port is 5432.",
  });
}
