/** The shells with a completion script: a file of its own, so that declaring the command loads no script. */
export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const
export type Shell = (typeof shells)[number]
