package io.parley.api.contract;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The {@code openapi.yaml} in the jar, with the public URL of this gateway as its server. */
public final class ContractFile {
  private static final String SHIPPED_SERVER = "http://localhost:8080";

  private final String yaml;

  private ContractFile(String yaml) {
    this.yaml = yaml;
  }

  /** The contract of a gateway that clients reach at {@code publicUrl}. */
  public static ContractFile of(String publicUrl) {
    try (InputStream in = ContractFile.class.getResourceAsStream("/openapi.yaml")) {
      if (in == null) {
        throw new IllegalStateException("the contract is not in the jar");
      }
      String shipped = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return new ContractFile(shipped.replace("url: " + SHIPPED_SERVER, "url: " + publicUrl));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Map<String, Object> document() {
    return new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
  }

  public Buffer yaml() {
    return Buffer.buffer(yaml);
  }

  public Buffer json(Map<String, Object> document) {
    return JsonBytes.of(json -> write(json, document));
  }

  private static void write(JsonGenerator json, Object value) throws IOException {
    switch (value) {
      case Map<?, ?> map -> {
        json.writeStartObject();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          json.writeFieldName(String.valueOf(entry.getKey()));
          write(json, entry.getValue());
        }
        json.writeEndObject();
      }
      case List<?> list -> {
        json.writeStartArray();
        for (Object each : list) {
          write(json, each);
        }
        json.writeEndArray();
      }
      case Integer number -> json.writeNumber(number);
      case Number number -> json.writeNumber(new BigDecimal(number.toString()));
      case Boolean truth -> json.writeBoolean(truth);
      case null -> json.writeNull();
      default -> json.writeString(value.toString());
    }
  }
}
