using System.Globalization;
using System.Runtime.CompilerServices;
using Sluice.Actors.Parsing.Zip;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Office;

/// <summary>
/// Excel workbooks (xlsx, xlsm, xltx), sheet by sheet and row by row: memory does not grow with the workbook. Dates and shares are written as a person reads
/// them, formulas as their last computed value; hidden sheets are left out. Stateless.
/// </summary>
internal sealed class XlsxParser : IFormatParser
{
    private const int MaxSheets = 10_000;

    public string Name => "xlsx";

    public int Version => 1;

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stream = await input.OpenSeekableAsync(cancellationToken).ConfigureAwait(false);
        using var package = OpcPackage.Open(stream, input, cancellationToken);
        foreach (var section in PackageErrors.Guard(Read(package), package.Zip, "the workbook has no text in a sheet that is shown"))
        {
            yield return section;
        }
    }

    private static IEnumerable<Section> Read(OpcPackage package)
    {
        if (package.Title() is { } title)
        {
            yield return title;
        }

        var main = package.MainPart();
        var relations = package.Relations(main);
        var (sheets, from1904) = Sheets(package, main, relations);
        using var strings = Strings(package, Find(package, relations, "sharedStrings"));
        var formats = Formats(package, Find(package, relations, "styles"));
        formats.From1904 = from1904;
        var builder = new SectionBuilder();
        foreach (var (name, part) in sheets)
        {
            using var xml = package.OpenXml(part);
            foreach (var section in new XlsxSheet(xml, name, part, strings, formats, builder).Read())
            {
                yield return section;
            }
        }
    }

    private static (List<(string Name, string Part)> Sheets, bool From1904) Sheets(OpcPackage package, string main, Dictionary<string, OpcRelation> relations)
    {
        var sheets = new List<(string, string)>();
        var from1904 = false;
        using var xml = package.OpenXml(main);
        while (xml.Read() && sheets.Count < MaxSheets)
        {
            if (xml.IsStart && xml.Name == "workbookPr")
            {
                from1904 = xml.Attribute("date1904") is "1" or "true";
            }
            else if (xml.IsStart
                && xml.Name == "sheet"
                && xml.Attribute("state") is null or "visible"
                && xml.RelationAttribute("id") is { } id
                && relations.TryGetValue(id, out var relation)
                && relation.Is("worksheet"))
            {
                sheets.Add((xml.Attribute("name") ?? (sheets.Count + 1).ToString(CultureInfo.InvariantCulture), relation.Target));
            }
        }

        return (sheets, from1904);
    }

    private static string? Find(OpcPackage package, Dictionary<string, OpcRelation> relations, string kind) =>
        relations.Values.FirstOrDefault(relation => relation.Is(kind)) is { } found && package.Zip.Contains(found.Target) ? found.Target : null;

    private static SharedStrings Strings(OpcPackage package, string? part)
    {
        using var xml = part is null ? null : package.OpenXml(part);
        return SharedStrings.Read(xml, package.Zip.Charge);
    }

    private static NumberFormats Formats(OpcPackage package, string? part)
    {
        if (part is null)
        {
            return new NumberFormats();
        }

        using var xml = package.OpenXml(part);
        return NumberFormats.Read(xml);
    }
}
