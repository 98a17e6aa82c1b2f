package io.parley.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A WebSocket client that can break every rule of the protocol. */
public final class RawSocket implements AutoCloseable {
  static final int TEXT = 1;
  static final int BINARY = 2;
  public static final int CLOSE = 8;
  public static final int PING = 9;
  public static final int PONG = 10;
  private static final byte[] MASK = {1, 2, 3, 4};

  /** A frame from the server. */
  public record Frame(int opcode, byte[] payload) {
    public String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }

    public int closeCode() {
      return ByteBuffer.wrap(payload).getShort();
    }
  }

  private final Socket socket = new Socket();
  private final DataInputStream in;
  private final OutputStream out;
  public final int status;

  public RawSocket(TestGateway node, String authorization) throws IOException {
    this(node, "/eventbus/websocket", "Authorization: " + authorization + "\r\n");
  }

  public RawSocket(TestGateway node, String path, String headers) throws IOException {
    socket.setReceiveBufferSize(16 * 1024);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), node.port()), 5_000);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(15_000);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    out = socket.getOutputStream();
    out.write(
        ("GET "
                + path
                + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + headers
                + "\r\n")
            .getBytes(StandardCharsets.UTF_8));
    String head = head();
    status = Integer.parseInt(head.substring(9, 12));
  }

  private String head() throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readUnsignedByte());
    }
    return head.toString();
  }

  public void write(byte[] bytes) throws IOException {
    out.write(bytes);
  }

  /** Ends what this side sends; the other side may go on. */
  public void finish() throws IOException {
    socket.shutdownOutput();
  }

  public void text(String text) throws IOException {
    write(frame(0x80 | TEXT, true, text.getBytes(StandardCharsets.UTF_8)));
  }

  /** A client frame, masked as required or not. */
  public static byte[] frame(int first, boolean masked, byte[] payload) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(first);
    int mask = masked ? 0x80 : 0;
    if (payload.length <= 125) {
      frame.write(mask | payload.length);
    } else if (payload.length <= 0xFFFF) {
      frame.write(mask | 126);
      frame.write(payload.length >> 8);
      frame.write(payload.length);
    } else {
      frame.write(mask | 127);
      frame.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
    }
    if (masked) {
      frame.writeBytes(MASK);
    }
    byte[] body = payload.clone();
    for (int i = 0; masked && i < body.length; i++) {
      body[i] ^= MASK[i % 4];
    }
    frame.writeBytes(body);
    return frame.toByteArray();
  }

  public Frame read() throws IOException {
    int opcode = in.readUnsignedByte() & 0xF;
    int length = in.readUnsignedByte();
    long size = length;
    if (length == 126) {
      size = in.readUnsignedShort();
    } else if (length == 127) {
      size = in.readLong();
    }
    byte[] payload = new byte[(int) size];
    in.readFully(payload);
    return new Frame(opcode, payload);
  }

  /** Returns the next text frame; skips all others. */
  public String readText() throws IOException {
    Frame frame = read();
    while (frame.opcode() != TEXT) {
      if (frame.opcode() == CLOSE) {
        throw new EOFException("closed with " + frame.closeCode());
      }
      frame = read();
    }
    return frame.text();
  }

  /** Reads to the end; returns the code of the close frame, or 0 if there was none. */
  public int end() throws IOException {
    int code = 0;
    try {
      for (; ; ) {
        Frame frame = read();
        if (frame.opcode() == CLOSE) {
          code = frame.closeCode();
        }
      }
    } catch (EOFException | SocketException over) {
      return code;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
