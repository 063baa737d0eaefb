import type { PeerCertificate } from "node:tls";
import { outside } from "./step.ts";

/** Says what is wrong with a certificate, by OpenSSL's code for it, and what to do. */
export function certificateTrouble(options: {
  where: string;
  code: string;
  certificate: PeerCertificate;
  caFile: string | undefined;
}) {
  const { where, code, certificate, caFile } = options;
  const facts = `It is for ${subjectOf(certificate)}, from ${issuerOf(certificate)}, valid ${day(certificate.valid_from)} to ${day(certificate.valid_to)}, SHA-256 ${certificate.fingerprint256}.`;
  const make = (kind: string, message: string, hint: string) =>
    outside({ code: `database-certificate-${kind}`, message: `${where}: ${message} ${facts}`, hint });
  const authorities =
    caFile === undefined
      ? "Amazon RDS, Azure and Google sign with authorities of their own: fetch the provider's bundle (RDS: global-bundle.pem) and give it with --ca FILE (in a URL: ?sslrootcert=FILE). /etc/ssl/certs/ca-certificates.crt holds this machine's."
      : `${caFile} does not hold the authority that signed it: get the right one from the server's administrator.`;
  switch (code) {
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return make(
        "self-signed",
        "the server's certificate is signed by itself, so nobody vouches for it.",
        "Compare the SHA-256 with what the server's administrator says; if it is the same, save the certificate and give it with --ca FILE (in a URL: ?sslrootcert=FILE). --sslmode require encrypts without checking whom you talk to.",
      );
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "CERT_UNTRUSTED":
    case "CERT_SIGNATURE_FAILURE":
      return make(
        "unknown-authority",
        "the server's certificate is signed by an authority that is not trusted here.",
        authorities,
      );
    case "CERT_HAS_EXPIRED":
      return make(
        "expired",
        "the server's certificate has expired (or this machine's clock is wrong).",
        "The server needs a new certificate; for RDS, rotate its CA certificate. Check `date` here.",
      );
    case "CERT_NOT_YET_VALID":
      return make(
        "not-yet-valid",
        "the server's certificate is not valid yet (or this machine's clock is wrong).",
        "Check `date` here and on the server.",
      );
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return make(
        "other-host",
        `the server's certificate is for other names: ${namesOf(certificate)}.`,
        "Connect by one of those names. --sslmode verify-ca accepts any name of a trusted authority (for a tunnel to the server, say).",
      );
    default:
      return make("invalid", `the server's certificate is not accepted (${code}).`, authorities);
  }
}

/** The names that a certificate is for. */
export function namesOf(certificate: PeerCertificate): string {
  const names = certificate.subjectaltname?.split(", ").map((name) => name.replace(/^(DNS|IP Address):/, ""));
  return names?.join(", ") ?? subjectOf(certificate);
}

/** Who a certificate is for. */
export function subjectOf({ subject }: PeerCertificate): string {
  return first(subject?.CN) ?? "nobody";
}

/** Who signed a certificate. */
export function issuerOf({ issuer }: PeerCertificate): string {
  return first(issuer?.CN) ?? first(issuer?.O) ?? "nobody";
}

/** A day of OpenSSL's spelling, as ISO 8601. */
export function day(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : date.toISOString().slice(0, 10);
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
