import type { StoreTraffic } from "../store/index.ts";
import { bytes, count } from "./numbers.ts";

/** What moved over the network, a line; nothing where nothing did. */
export function trafficText(traffic: StoreTraffic | undefined): string {
  if (traffic === undefined || traffic.requests === 0) return "";
  const { bytesRead, bytesWritten, requests, retries } = traffic;
  const written = bytesWritten === 0 ? "" : ` and ${bytes(bytesWritten)} to it`;
  const again = retries === 0 ? "" : ` (${count(retries)} of them again)`;
  return `Moved ${bytes(bytesRead)} from S3${written}, by ${count(requests)} requests${again}.\n`;
}
