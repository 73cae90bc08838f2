/** The protocol version that this build speaks; a plugin answers with the version that it will speak. */
export const protocolVersion = 1;
