using System.Globalization;
using Sluice.Actors.Parsing.Zip;

namespace Sluice.Actors.Parsing.Office;

/// <summary>What the paragraph styles of a document mean: outline level and list membership, through what they are based on; style names may be in any language.</summary>
internal sealed class DocxStyles
{
    private const int MaxStyles = 20_000;
    private const int MaxChain = 32;

    private readonly Dictionary<string, Style> _styles = new(StringComparer.Ordinal);

    /// <summary>No styles at all.</summary>
    public static DocxStyles None { get; } = new();

    /// <summary>Reads the styles part.</summary>
    public static DocxStyles Read(XmlPart xml)
    {
        var styles = new DocxStyles();
        Style? style = null;
        while (xml.Read() && styles._styles.Count < MaxStyles)
        {
            if (!xml.IsStart)
            {
                continue;
            }

            switch (xml.Name)
            {
                case "style":
                    style = xml.Attribute("type") is "paragraph" or null && xml.Attribute("styleId") is { } id ? styles._styles[id] = new Style() : null;
                    break;
                case "name" when style is not null:
                    style.Name ??= xml.Attribute("val");
                    break;
                case "basedOn" when style is not null:
                    style.BasedOn = xml.Attribute("val");
                    break;
                case "outlineLvl" when style is not null:
                    style.Outline = Level(xml.Attribute("val"));
                    break;
                case "numId" when style is not null:
                    style.List = xml.Attribute("val") != "0";
                    break;
            }
        }

        return styles;
    }

    /// <summary>Heading level of an <c>outlineLvl</c> value: 1 to 9, or 0 for body text.</summary>
    public static int? Level(string? value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var level) ? (level <= 8 ? level + 1 : 0) : null;

    /// <summary>What a style means.</summary>
    /// <param name="id">Its id; null for none.</param>
    /// <returns>Heading level from 1, or 0 for none; whether it is a list's; whether it is a table of contents'.</returns>
    public (int Heading, bool List, bool Contents) Resolve(string? id)
    {
        int? outline = null;
        bool? list = null;
        var contents = false;
        for (var chain = 0; id is not null && chain < MaxChain; chain++)
        {
            _styles.TryGetValue(id, out var style);
            var name = style?.Name ?? id;
            outline ??= style?.Outline ?? NamedLevel(name);
            list ??= style?.List;
            contents |= name.StartsWith("toc ", StringComparison.OrdinalIgnoreCase) && name.Length == 5;
            id = style?.BasedOn;
        }

        return (outline ?? 0, list ?? false, contents);
    }

    private static int? NamedLevel(string name)
    {
        if (name.Equals("Title", StringComparison.OrdinalIgnoreCase))
        {
            return 1;
        }

        return name.StartsWith("heading", StringComparison.OrdinalIgnoreCase)
            && int.TryParse(name.AsSpan("heading".Length).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var level)
            && level is >= 1 and <= 9
            ? level
            : null;
    }

    private sealed class Style
    {
        public string? Name { get; set; }

        public string? BasedOn { get; set; }

        public int? Outline { get; set; }

        public bool? List { get; set; }
    }
}
