package io.weir.benchmarks.server;

import java.nio.file.Path;

/**
 * What a server needs to speak TLS 1.3, in PEM.
 *
 * @param certificate the file of its certificate
 * @param key the file of its key
 */
public record Tls(Path certificate, Path key) {

  /** The one version that is measured. */
  public static final String PROTOCOL = "TLSv1.3";
}
