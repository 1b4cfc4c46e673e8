package io.weir.benchmarks.load;

import io.weir.benchmarks.server.Tls;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** A load of one connection with TLS, on a thread of its own. */
final class TlsLoad implements Workers.Worker {

  private final LoadPlan plan;
  private final SSLSocket socket;

  private TlsLoad(LoadPlan plan, SSLSocket socket) {
    this.plan = plan;
    this.socket = socket;
  }

  static List<Workers.Worker> connect(LoadPlan plan) throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance(Tls.PROTOCOL);
    context.init(null, new TrustManager[] {new AnyCertificate()}, null);
    List<Workers.Worker> connections = new ArrayList<>();
    for (int i = 0; i < plan.connections(); i++) {
      SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket();
      socket.connect(plan.server());
      socket.setTcpNoDelay(true);
      socket.startHandshake();
      connections.add(new TlsLoad(plan, socket));
    }
    return connections;
  }

  @Override
  public void run(Tally tally) throws IOException {
    try (socket) {
      if (plan.bulk()) {
        send(tally);
      } else {
        talk(tally);
      }
    }
  }

  private void send(Tally tally) throws IOException {
    OutputStream out = socket.getOutputStream();
    byte[] message = plan.messages(1);
    while (!tally.clock().isStopped()) {
      out.write(message);
      tally.sent(1);
    }
  }

  /** Sends all messages that may be in flight, and reads their answers, in each round trip. */
  private void talk(Tally tally) throws IOException {
    InputStream in = socket.getInputStream();
    OutputStream out = socket.getOutputStream();
    byte[] messages = plan.messages(plan.depth());
    byte[] answers = new byte[messages.length];
    while (!tally.clock().isStopped()) {
      long sentAt = System.nanoTime();
      out.write(messages);
      if (in.readNBytes(answers, 0, answers.length) < answers.length) {
        throw new EOFException("the server has closed a connection");
      }
      long nanos = System.nanoTime() - sentAt;
      for (int i = 0; i < plan.depth(); i++) {
        tally.answered(nanos);
      }
    }
  }

  /**
   * Trusts every certificate, because the server belongs to this comparison and is on this machine.
   */
  private static final class AnyCertificate extends X509ExtendedTrustManager {

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
