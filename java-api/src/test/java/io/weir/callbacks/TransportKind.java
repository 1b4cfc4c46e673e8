package io.weir.callbacks;

import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.RuntimeOptions;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.testing.CallbackCheck;
import io.weir.testing.ChannelProviders;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/** The transports that the rule of callbacks is tested on. */
enum TransportKind {
  TCP,
  TLS,
  UNIX,
  JDK_CHANNELS;

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");

  private static final TlsOptions CLIENT =
      TlsOptions.of(AUTHORITY.clientContext()).dangerouslyAcceptingAnyHostname();

  private static final TlsOptions SERVER = TlsOptions.of(AUTHORITY.issue().serverContext());

  /** Creates a runtime with two I/O threads whose thread names begin with the given text. */
  AsyncRuntime runtime(String threadNames) {
    RuntimeOptions options = RuntimeOptions.DEFAULTS.withIoThreads(2).withThreadNames(threadNames);
    return AsyncRuntime.create(this == JDK_CHANNELS ? ChannelProviders.JDK.in(options) : options);
  }

  /** Starts a server; a Unix domain socket is created in the directory. */
  Server serve(ConnectionHandler given, ServerOptions options, Path directory) {
    ConnectionHandler handler = CallbackCheck.checked(given);
    ServerOptions all = this == TLS ? options.withTls(SERVER) : options;
    return Deadline.get(
        this == UNIX
            ? AsyncStreams.startUnixServer(handler, directory.resolve("s"), all)
            : AsyncStreams.startServer(handler, Loopback.HOST, 0, all));
  }

  /** Connects to a server. */
  StreamConnection connect(Server server, ConnectOptions options) {
    ConnectOptions all = this == TLS ? options.withTls(CLIENT) : options;
    SocketAddress address = server.sockets().get(0).localAddress();
    return Deadline.get(
        address instanceof UnixDomainSocketAddress unix
            ? AsyncStreams.openUnixConnection(unix.getPath(), all)
            : AsyncStreams.openConnection(
                Loopback.HOST, ((InetSocketAddress) address).getPort(), all));
  }
}
