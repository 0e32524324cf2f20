using System.Globalization;
using System.Text;

namespace Sluice.TestKit.Hostile;

/// <summary>Documents of one shape repeated, for which parsers take time or memory out of all proportion. Never to be parsed in a test's own process.</summary>
public static class HostileShapes
{
    /// <summary>All of them, by name.</summary>
    public static IReadOnlyDictionary<string, byte[]> All { get; } = new Dictionary<string, byte[]>(StringComparer.Ordinal)
    {
        ["links-never-closed.md"] = Repeat("[a](b", 80_000),
        ["links-opened.md"] = Repeat("[a](", 80_000),
        ["declarations.md"] = Repeat("a <!A ", 60_000),
        ["instructions.md"] = Repeat("<?", 150_000),
        ["lists-closed-by-x.html"] = Repeat("<!doctype html><html><body>", "<ul><li></x>", 10_000, "y"),
        ["terms-closed-by-x.html"] = Repeat("<!doctype html><html><body>", "<dl><dd>", 15_000, "y"),
        ["spans-closed-by-x.html"] = Repeat("<!doctype html><html><body>", "<span>", 45_000, string.Concat(Enumerable.Repeat("</x>", 45_000)) + "y"),
        ["defaults-of-attributes.xml"] = Encoding.ASCII.GetBytes(
            $"<?xml version=\"1.0\"?><!DOCTYPE r [{string.Concat(Enumerable.Range(0, 4000).Select(static number => string.Create(CultureInfo.InvariantCulture, $"<!ATTLIST a b{number} CDATA \"x\">")))}]><r>{string.Concat(Enumerable.Repeat("<a/>", 15_000))}</r>"),
        ["long-path-many-leaves.json"] = Encoding.ASCII.GetBytes(
            $"[{string.Concat(Enumerable.Repeat("{\"kkkkkkkkkkkkkkkkkkkk\":", 200))}[{string.Join(',', Enumerable.Repeat("{\"x\":1}", 6000))}]{new string('}', 200)}]"),
    };

    private static byte[] Repeat(string shape, int times) => Repeat("", shape, times, "");

    private static byte[] Repeat(string before, string shape, int times, string after) => Encoding.ASCII.GetBytes(before + string.Concat(Enumerable.Repeat(shape, times)) + after);
}
