/** What the operating system's codes mean, as the reason in a diagnostic. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "it would be larger than this process may write",
  EPIPE: "its reader has closed",
  EIO: "the device reports an error",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of the path is a file",
  EEXIST: "a part of the path is a file",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "too many symbolic links",
  ENOENT: "no such directory",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  EAGAIN: "the system has no room for another process",
  ENOMEM: "the system has no memory for it",
  ENXIO: "it is no file",
  ERR_INVALID_ARG_VALUE: "its name holds a zero byte",
  ERR_FS_FILE_TOO_LARGE: "it is larger than 2 GiB",
};

/** Why the operating system refused; anything but its errors is a bug and goes on. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === undefined) throw error;
  return reasons[code] ?? code;
}

/** The operating system's or Node's code of an error, if it has one. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
