/** The values of each option of that name in the arguments of a program, in their order. */
export function valuesOf(args: readonly string[], option: string): (string | undefined)[] {
  return args.flatMap((arg, at) => (arg === option ? [args[at + 1]] : []));
}
