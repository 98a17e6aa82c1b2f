package io.parley.live.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.parley.json.MalformedText;
import io.parley.live.frame.SharedFrame;
import io.parley.live.frame.SockJsFrames;
import io.parley.live.frame.WebSocketFrames;

/** How bridge frames travel in the messages of a WebSocket. */
public enum WebSocketEncoding {
  /** One bridge frame per message. */
  PLAIN {
    @Override
    ByteBuf event(SharedFrame event, ByteBufAllocator memory) {
      return event.webSocketFrame(memory);
    }

    @Override
    ByteBuf reply(byte[] frame, ByteBufAllocator memory) {
      return WebSocketFrames.text(memory, frame);
    }

    @Override
    void read(byte[] message, TransportEvents events) {
      events.frame(message);
    }
  },

  /** SockJS frames, which carry bridge frames as JSON strings. */
  SOCK_JS {
    @Override
    ByteBuf event(SharedFrame event, ByteBufAllocator memory) {
      return event.sockJsFrame(memory);
    }

    @Override
    ByteBuf reply(byte[] frame, ByteBufAllocator memory) {
      return WebSocketFrames.text(memory, SockJsFrames.messages(SockJsFrames.quoted(frame)));
    }

    @Override
    void read(byte[] message, TransportEvents events) {
      if (message.length == 0) {
        return;
      }
      try {
        SockJsFrames.parse(message).forEach(events::frame);
      } catch (MalformedText malformed) {
        events.malformed(malformed.reason());
      }
    }
  };

  abstract ByteBuf event(SharedFrame event, ByteBufAllocator memory);

  abstract ByteBuf reply(byte[] frame, ByteBufAllocator memory);

  abstract void read(byte[] message, TransportEvents events);
}
