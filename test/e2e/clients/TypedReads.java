import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Reads the rows of clients/typed-reads.json, and prints what they came to in the same form. */
public final class TypedReads {
    public static void main(String[] args) throws Exception {
        Map<String, Function<Object, ?>> types = Map.of(
            "boolean", LandfallClient::booleanOf,
            "integer", LandfallClient::longOf,
            "number", raw -> new BigDecimal(LandfallClient.doubleOf(raw).toString()).stripTrailingZeros().toPlainString(),
            "duration", raw -> LandfallClient.durationOf(raw).toMillis(),
            "size", LandfallClient::sizeOf,
            "list", LandfallClient::listOf,
            "map", LandfallClient::mapOf,
            "json", LandfallClient::jsonOf);
        Map<?, ?> rows = (Map<?, ?>) LandfallClient.Json.parse(Files.readString(Path.of(args[0])));
        Map<String, Object> results = new LinkedHashMap<>();
        rows.forEach((type, row) -> {
            List<Object> reads = new ArrayList<>();
            for (Object read : (List<?>) ((Map<?, ?>) row).get("reads")) {
                Object text = ((List<?>) read).get(0);
                Object value = types.get(type).apply(text);
                reads.add(List.of(text, type.equals("number") ? new BigDecimal((String) value) : value));
            }
            List<Object> refuses = new ArrayList<>();
            for (Object text : (List<?>) ((Map<?, ?>) row).get("refuses")) {
                try {
                    refuses.add("took " + types.get(type).apply(text));
                } catch (RuntimeException refused) {
                    refuses.add(text);
                }
            }
            results.put((String) type, Map.of("reads", reads, "refuses", refuses));
        });
        System.out.println(LandfallClient.Json.print(results));
    }
}
