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

/**
 * A load of connections with TLS, on one thread. It sends in rounds: a message on every connection,
 * and then it receives every answer. Threads that each wait for their own answer would make batches
 * of any size, from one message to all of them, and the cost of a message depends on the batch.
 */
final class TlsLoad implements Workers.Worker {

  private final LoadPlan plan;
  private final List<SSLSocket> sockets;

  private TlsLoad(LoadPlan plan, List<SSLSocket> sockets) {
    this.plan = plan;
    this.sockets = sockets;
  }

  /** Connects. A load that goes one way has a thread for each connection. */
  static List<Workers.Worker> connect(LoadPlan plan) throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance(Tls.PROTOCOL);
    context.init(null, new TrustManager[] {new AnyCertificate()}, null);
    List<SSLSocket> sockets = new ArrayList<>();
    for (int i = 0; i < plan.connections(); i++) {
      SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket();
      socket.connect(plan.server());
      socket.setTcpNoDelay(true);
      socket.startHandshake();
      sockets.add(socket);
    }
    return plan.bulk()
        ? sockets.stream().<Workers.Worker>map(one -> new TlsLoad(plan, List.of(one))).toList()
        : List.of(new TlsLoad(plan, sockets));
  }

  @Override
  public void run(Tally tally) throws IOException {
    try {
      if (plan.bulk()) {
        send(sockets.get(0), tally);
      } else {
        talk(tally);
      }
    } finally {
      for (SSLSocket socket : sockets) {
        socket.close();
      }
    }
  }

  private void send(SSLSocket socket, Tally tally) throws IOException {
    OutputStream out = socket.getOutputStream();
    byte[] message = plan.messages(1);
    while (!tally.clock().isStopped()) {
      out.write(message);
      tally.sent(1);
    }
  }

  private void talk(Tally tally) throws IOException {
    byte[] messages = plan.messages(plan.depth());
    byte[] answers = new byte[messages.length];
    long[] sentAt = new long[sockets.size()];
    while (!tally.clock().isStopped()) {
      for (int i = 0; i < sentAt.length; i++) {
        sentAt[i] = System.nanoTime();
        sockets.get(i).getOutputStream().write(messages);
      }
      for (int i = 0; i < sentAt.length; i++) {
        receive(sockets.get(i).getInputStream(), answers);
        long nanos = System.nanoTime() - sentAt[i];
        for (int message = 0; message < plan.depth(); message++) {
          tally.answered(nanos);
        }
      }
    }
  }

  private static void receive(InputStream in, byte[] answers) throws IOException {
    if (in.readNBytes(answers, 0, answers.length) < answers.length) {
      throw new EOFException("the server has closed a connection");
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
