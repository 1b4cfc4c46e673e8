package io.weir.samples;

import io.weir.ConnectOptions;
import io.weir.ServerOptions;
import io.weir.TlsOptions;
import org.jspecify.annotations.Nullable;

/** Creates options, with TLS unless the TLS options are null. */
final class MaybeTls {

  private MaybeTls() {}

  static ConnectOptions connecting(@Nullable TlsOptions tls) {
    return tls == null ? ConnectOptions.DEFAULTS : ConnectOptions.DEFAULTS.withTls(tls);
  }

  static ServerOptions serving(@Nullable TlsOptions tls) {
    return tls == null ? ServerOptions.DEFAULTS : ServerOptions.DEFAULTS.withTls(tls);
  }
}
