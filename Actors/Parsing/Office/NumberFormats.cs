using System.Globalization;
using Sluice.Actors.Parsing.Zip;

namespace Sluice.Actors.Parsing.Office;

/// <summary>How the numbers of a workbook are to be read: as they are, as a share, or as a date, time or duration (ECMA-376 part 1, sections 18.8.30 and 18.17.4).</summary>
internal sealed class NumberFormats
{
    private const int MaxFormats = 70_000;

    private readonly List<Kind> _byStyle = [];

    private enum Kind
    {
        Number,
        Percent,
        Date,
        Time,
        DateTime,
    }

    /// <summary>Whether days are counted from 1904 instead of 1900.</summary>
    public bool From1904 { get; set; }

    /// <summary>Reads the styles part.</summary>
    public static NumberFormats Read(XmlPart xml)
    {
        var formats = new NumberFormats();
        var custom = new Dictionary<int, Kind>();
        var inCellFormats = false;
        while (xml.Read())
        {
            if (xml.Name == "cellXfs")
            {
                inCellFormats = xml.IsStart && !xml.IsEmpty;
            }
            else if (xml.IsStart && xml.Name == "numFmt" && Number(xml.Attribute("numFmtId")) is { } id && custom.Count < MaxFormats)
            {
                custom[id] = Classify(xml.Attribute("formatCode") ?? "");
            }
            else if (xml.IsStart && inCellFormats && xml.Name == "xf" && formats._byStyle.Count < MaxFormats)
            {
                var format = Number(xml.Attribute("numFmtId")) ?? 0;
                formats._byStyle.Add(custom.TryGetValue(format, out var kind) ? kind : BuiltIn(format));
            }
        }

        return formats;
    }

    /// <summary>Writes a cell's number as a person would read it: ISO dates, no binary noise.</summary>
    /// <param name="raw">The stored number.</param>
    /// <param name="style">Index of the cell's style.</param>
    public string Show(string raw, int style)
    {
        if (!double.TryParse(raw, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
        {
            return raw;
        }

        var kind = style >= 0 && style < _byStyle.Count ? _byStyle[style] : Kind.Number;
        return kind switch
        {
            Kind.Percent => Plain(value * 100) + "%",
            Kind.Number => Plain(value),
            _ => Date(value, kind) ?? Plain(value),
        };
    }

    private static string Plain(double value) => Math.Abs(value) is >= 1e15 or (< 1e-9 and > 0)
        ? value.ToString("G15", CultureInfo.InvariantCulture)
        : value.ToString("0.###############", CultureInfo.InvariantCulture) is var text && text.Length > 17 ? Math.Round((decimal)value, 12).ToString("0.############", CultureInfo.InvariantCulture) : text;

    private string? Date(double value, Kind kind)
    {
        if (value < 0 || value >= 2_958_466)
        {
            return null;
        }

        if (kind == Kind.Time || value < 1)
        {
            var span = TimeSpan.FromSeconds(Math.Round(value * 86_400));
            return string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalHours:00}:{span.Minutes:00}:{span.Seconds:00}");
        }

        // Day 60 of the 1900 count is a 29 February that never was: days before it are one later than they seem.
        var origin = From1904 ? new DateTime(1904, 1, 1) : new DateTime(1899, 12, value < 60 ? 31 : 30);
        var time = origin.AddSeconds(Math.Round(value * 86_400));
        return time.TimeOfDay == TimeSpan.Zero || kind == Kind.Date
            ? time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : time.ToString(time.Second == 0 ? "yyyy-MM-dd HH:mm" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
    }

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static Kind BuiltIn(int format) => format switch
    {
        9 or 10 => Kind.Percent,
        (>= 14 and <= 17) or (>= 27 and <= 31) or 36 or (>= 50 and <= 54) or 57 or 58 => Kind.Date,
        (>= 18 and <= 21) or (>= 32 and <= 35) or (>= 45 and <= 47) or 55 or 56 => Kind.Time,
        22 => Kind.DateTime,
        _ => Kind.Number,
    };

    /// <summary>Looks for date and time letters outside of quotes, escapes and colour or condition brackets.</summary>
    private static Kind Classify(string code)
    {
        var date = false;
        var time = false;
        var percent = false;
        for (var index = 0; index < code.Length && code[index] != ';'; index++)
        {
            switch (code[index])
            {
                case '"':
                    index = End(code, '"', index);
                    break;
                case '\\' or '_' or '*':
                    index++;
                    break;
                case '[':
                    var end = End(code, ']', index);
                    time |= code.AsSpan(index + 1, Math.Max(0, Math.Min(end, code.Length) - index - 1)).Trim("hmsHMS").IsEmpty;
                    index = end;
                    break;
                case 'G' or 'g' when code.AsSpan(index).StartsWith("General", StringComparison.OrdinalIgnoreCase):
                    index += "General".Length - 1;
                    break;
                case 'y' or 'Y' or 'd' or 'D':
                    date = true;
                    break;
                case 'h' or 'H' or 's' or 'S':
                    time = true;
                    break;
                case '%':
                    percent = true;
                    break;
            }
        }

        var onlyMonth = !date && !time && !percent && code.Length > 0 && code.Trim('m', 'M').Length == 0;
        return (date || onlyMonth, time, percent) switch
        {
            (true, true, _) => Kind.DateTime,
            (true, _, _) => Kind.Date,
            (_, true, _) => Kind.Time,
            (_, _, true) => Kind.Percent,
            _ => Kind.Number,
        };
    }

    private static int End(string code, char closing, int from)
    {
        var end = code.IndexOf(closing, from + 1);
        return end < 0 ? code.Length : end;
    }
}
