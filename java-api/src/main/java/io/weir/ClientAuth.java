package io.weir;

/** Whether a server asks its clients for a certificate. */
public enum ClientAuth {

  /** It does not ask. */
  NONE,

  /** It asks, and serves those who have none as well. One that it does not trust is refused. */
  WANTED,

  /** It asks, and refuses those who have none. */
  REQUIRED
}
