package io.weir.testing;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;

/** The other end of a connection: a blocking socket of the JDK, with a deadline on its reads. */
public final class BlockingPeer implements AutoCloseable {

  private static final int NO_BACKLOG_LIMIT = 100;
  private static final int TIMEOUT_MILLIS = (int) SECONDS.toMillis(Deadline.LIMIT_SECONDS);

  private final Socket socket;

  private BlockingPeer(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
  }

  /** Connects to a server. */
  public static BlockingPeer connect(SocketAddress server) {
    Socket socket = new Socket();
    return check(
        () -> {
          socket.connect(server, TIMEOUT_MILLIS);
          return new BlockingPeer(socket);
        });
  }

  /** Returns the socket, for what this class does not offer. */
  public Socket socket() {
    return socket;
  }

  /** Sends text. */
  public void send(String text) {
    send(Texts.bytes(text));
  }

  /** Sends bytes. */
  public void send(byte[] data) {
    check(
        () -> {
          socket.getOutputStream().write(data);
          return null;
        });
  }

  /** Receives so many bytes, or fewer at the end of the stream. */
  public byte[] receive(int count) {
    return check(() -> socket.getInputStream().readNBytes(count));
  }

  /** Receives a line with its newline, or the rest of the stream. */
  public String receiveLine() {
    return check(
        () -> {
          ByteArrayOutputStream line = new ByteArrayOutputStream();
          int next;
          do {
            next = socket.getInputStream().read();
            if (next >= 0) {
              line.write(next);
            }
          } while (next >= 0 && next != '\n');
          return Texts.text(line.toByteArray());
        });
  }

  /** Receives everything up to the end of the stream. */
  public byte[] receiveAll() {
    return check(() -> socket.getInputStream().readAllBytes());
  }

  /** Whether the stream has ended, by an orderly end or by a reset. */
  public boolean sawEnd() {
    try {
      return socket.getInputStream().read() < 0;
    } catch (IOException reset) {
      return true;
    }
  }

  /** Ends the outgoing half. */
  public void shutdownOutput() {
    check(
        () -> {
          socket.shutdownOutput();
          return null;
        });
  }

  /** Closes so that the other end is reset. */
  public void reset() {
    check(
        () -> {
          socket.setSoLinger(true, 0);
          socket.close();
          return null;
        });
  }

  /** This end's address. */
  public SocketAddress localAddress() {
    return socket.getLocalSocketAddress();
  }

  /** The other end's address. */
  public SocketAddress remoteAddress() {
    return socket.getRemoteSocketAddress();
  }

  @Override
  public void close() {
    check(
        () -> {
          socket.close();
          return null;
        });
  }

  /** A listening socket on the loopback interface. */
  public static final class Listener implements AutoCloseable {

    private final ServerSocket socket;

    /** Listens on a port that the kernel picks. */
    public Listener() {
      socket = check(() -> new ServerSocket(0, NO_BACKLOG_LIMIT, InetAddress.getLoopbackAddress()));
    }

    /** The host to connect to. */
    public String host() {
      return socket.getInetAddress().getHostAddress();
    }

    /** The port to connect to. */
    public int port() {
      return socket.getLocalPort();
    }

    /** Where to connect to. */
    public InetSocketAddress address() {
      return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    /** Accepts a connection. */
    public BlockingPeer accept() {
      return check(
          () -> {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            return new BlockingPeer(socket.accept());
          });
    }

    @Override
    public void close() {
      check(
          () -> {
            socket.close();
            return null;
          });
    }
  }

  @FunctionalInterface
  private interface Blocking<T> {
    T call() throws IOException;
  }

  private static <T> T check(Blocking<T> action) {
    try {
      return action.call();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
