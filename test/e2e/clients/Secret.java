import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

public final class Secret {
    public static void main(String[] args) throws InterruptedException {
        URI uri = URI.create(args[0]);
        try (LandfallClient config = LandfallClient.connect(uri, Path.of(args[1]), Duration.ofSeconds(10))) {
            System.out.println(config.get("db.password").orElseThrow());
        }
        try (LandfallClient config = LandfallClient.connect(uri, null, Duration.ofSeconds(10))) {
            LandfallClient.Property<String> password = config.property("db.password").asString("none");
            System.out.println(config.get("db.password").orElse(password.get()) + " " + password.problem().code);
        }
        try (LandfallClient config = LandfallClient.connect(uri, Path.of(args[2]), Duration.ZERO)) {
            System.out.println(config.snapshot().keys());
        } catch (LandfallClient.LandfallException error) {
            System.out.println(error.code);
        }
    }
}
