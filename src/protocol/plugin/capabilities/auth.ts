import * as z from "zod";

const id = z.string().min(1);
/** ISO 8601. */
const time = z.string();
const user = z.object({ id, username: z.string().min(1), admin: z.boolean() });
/** A key without the key: that is said once, when it is made. */
const key = z.object({
  id,
  user: z.string(),
  scopes: z.array(z.string()),
  created: time.optional(),
  expires: time.optional(),
  revoked: z.boolean().optional(),
});
const freshKey = key.extend({ key: z.string().min(32) });

export const authNothing = z.object({});
export const authById = z.object({ id });

/** `auth.login`: a session for a user. `auth.logout` ends it. */
export const authLoginInput = z.object({ username: z.string().min(1), password: z.string().min(1) });
export const authLoginOutput = z.object({ token: z.string().min(1), expires: time, user });
export const authLogoutInput = z.object({ token: z.string().min(1) });

/** `auth.validate`: whether a session or a key may make a request; `reason` says why not. */
export const authValidateInput = z.object({ token: z.string(), method: z.string(), path: z.string() });
export const authValidateOutput = z.object({
  valid: z.boolean(),
  user: z.string().optional(),
  scopes: z.array(z.string()).optional(),
  reason: z.string().optional(),
});

/** `auth.users.*` */
export const authUserInput = z.object({
  username: z.string().min(1),
  password: z.string().min(1),
  admin: z.boolean().optional(),
});
export const authUserOutput = user;
export const authUsersOutput = z.object({ users: z.array(user) });

/** `auth.keys.*`: without a scope a key gives access to nothing. */
export const authKeyInput = z.object({
  user: z.string().min(1),
  scopes: z.array(z.string()),
  expires: time.optional(),
});
export const authKeyOutput = freshKey;
export const authKeysInput = z.object({ user: z.string().optional() });
export const authKeysOutput = z.object({ keys: z.array(key) });
