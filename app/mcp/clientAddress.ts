/**
 * The address of the caller. App Service's front end puts it, mostly with its port, last into X-Forwarded-For; what stands before was sent
 * by the caller and proves nothing.
 * @param forwardedFor value of X-Forwarded-For
 * @param peer address of the connection, for a server without a front end
 */
export function clientAddressOf(forwardedFor: string | readonly string[] | undefined, peer: string | undefined): string | undefined {
  const list = typeof forwardedFor === 'string' ? forwardedFor : forwardedFor?.at(-1);
  const last = list?.split(',').at(-1)?.trim();
  if (!last) return peer;
  const [, bracketed, beforePort] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(last) ?? [];
  return bracketed ?? beforePort ?? last;
}
