import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.regex.*;

/**
 * Applies replaceAll to triples of pattern, replacement and text. A triple is a line of three fields with
 * tabs between them; a unit of UTF-16 that is not plain is "%" and four hexadecimal digits. The answer is a
 * line: "ok" and the result, or the kind of the refusal.
 */
public class Remapping {
    /** Reads of characters in one triple; a pattern that needs more explodes. */
    static final int READS = 200_000;

    static class Explodes extends RuntimeException {
        Explodes() {
            super(null, null, false, false);
        }
    }

    /** A text that counts how often it is read. */
    record Counted(String text, int[] reads) implements CharSequence {
        public char charAt(int index) {
            if (++reads[0] > READS) {
                throw new Explodes();
            }
            return text.charAt(index);
        }

        public int length() {
            return text.length();
        }

        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }

        public String toString() {
            return text;
        }
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        PrintStream out = new PrintStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16), false, StandardCharsets.US_ASCII);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.startsWith("set\t")) {
                out.println(members(line.substring(4)));
            } else {
                String[] fields = line.split("\t", -1);
                out.println(answer(plain(fields[0]), plain(fields[1]), plain(fields[2])));
            }
        }
        out.flush();
    }

    static String answer(String pattern, String replacement, String text) {
        Pattern compiled;
        try {
            compiled = Pattern.compile(pattern);
        } catch (PatternSyntaxException error) {
            return "syntax";
        } catch (StackOverflowError | RuntimeException error) {
            return "other";
        }
        try {
            return "ok\t" + shown(compiled.matcher(new Counted(text, new int[1])).replaceAll(replacement));
        } catch (Explodes | StackOverflowError | OutOfMemoryError error) {
            return "explodes";
        } catch (IllegalArgumentException | IndexOutOfBoundsException error) {
            return "replacement";
        } catch (RuntimeException error) {
            return "other";
        }
    }

    /** The ranges of code points that a pattern matches as a whole. */
    static String members(String pattern) {
        Matcher matcher;
        try {
            matcher = Pattern.compile(plain(pattern)).matcher("");
        } catch (PatternSyntaxException error) {
            return "syntax";
        }
        StringBuilder ranges = new StringBuilder("ok\t");
        int begun = -1;
        for (int code = 0; code <= Character.MAX_CODE_POINT + 1; code++) {
            boolean is = code <= Character.MAX_CODE_POINT && matcher.reset(Character.toString(code)).matches();
            if (is && begun < 0) {
                begun = code;
            } else if (!is && begun >= 0) {
                ranges.append(Integer.toHexString(begun)).append('-').append(Integer.toHexString(code - 1)).append(' ');
                begun = -1;
            }
        }
        return ranges.toString();
    }

    static String plain(String field) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < field.length(); at++) {
            char unit = field.charAt(at);
            if (unit == '%') {
                unit = (char) Integer.parseInt(field.substring(at + 1, at + 5), 16);
                at += 4;
            }
            text.append(unit);
        }
        return text.toString();
    }

    static String shown(String text) {
        StringBuilder field = new StringBuilder();
        for (char unit : text.toCharArray()) {
            if (unit >= ' ' && unit <= '~' && unit != '%') {
                field.append(unit);
            } else {
                field.append(String.format("%%%04X", (int) unit));
            }
        }
        return field.toString();
    }
}
