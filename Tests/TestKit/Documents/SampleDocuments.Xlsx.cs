using System.Globalization;
using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Spreadsheet;

namespace Sluice.TestKit.Documents;

public static partial class SampleDocuments
{
    /// <summary>Style of a date in the workbooks made here.</summary>
    public const int DateStyle = 1;

    /// <summary>Style of a share in the workbooks made here.</summary>
    public const int PercentStyle = 2;

    /// <summary>Style of a date and time of a format of its own.</summary>
    public const int DateTimeStyle = 3;

    /// <summary>A workbook; rows are written one after the other, so it may be large. Text goes to the shared strings, numbers stay numbers.</summary>
    public static byte[] Xlsx(params (string Name, bool Hidden, IEnumerable<object?[]> Rows)[] sheets)
    {
        var stream = new MemoryStream();
        using (var document = SpreadsheetDocument.Create(stream, SpreadsheetDocumentType.Workbook))
        {
            var workbook = document.AddWorkbookPart();
            var strings = new Dictionary<string, int>(StringComparer.Ordinal);
            var entries = new Sheets();
            uint id = 0;
            foreach (var (name, hidden, rows) in sheets)
            {
                var part = workbook.AddNewPart<WorksheetPart>();
                Write(part, rows, strings);
                entries.Append(new Sheet { Name = name, SheetId = ++id, Id = workbook.GetIdOfPart(part), State = hidden ? SheetStateValues.Hidden : SheetStateValues.Visible });
            }

            workbook.Workbook = new Workbook(entries);
            var shared = workbook.AddNewPart<SharedStringTablePart>();
            shared.SharedStringTable = new SharedStringTable(strings.OrderBy(static pair => pair.Value).Select(static pair => new SharedStringItem(new Text(pair.Key))));
            var styles = workbook.AddNewPart<WorkbookStylesPart>();
            styles.Stylesheet = new Stylesheet(
                new NumberingFormats(new NumberingFormat { NumberFormatId = 200, FormatCode = "[$-409]d\\-mmm\\-yy h:mm \"Uhr\"" }),
                new CellFormats(
                    new CellFormat(),
                    new CellFormat { NumberFormatId = 14 },
                    new CellFormat { NumberFormatId = 10 },
                    new CellFormat { NumberFormatId = 200 }));
        }

        return stream.ToArray();
    }

    /// <summary>A workbook of one small sheet.</summary>
    public static byte[] Xlsx() => Xlsx(("Gauges", false, [["Place", "Level"], ["Cologne", 3.25], ["Passau", 4.5]]));

    private static void Write(WorksheetPart part, IEnumerable<object?[]> rows, Dictionary<string, int> strings)
    {
        using var writer = OpenXmlWriter.Create(part);
        writer.WriteStartElement(new Worksheet());
        writer.WriteStartElement(new SheetData());
        uint number = 0;
        foreach (var row in rows)
        {
            writer.WriteStartElement(new Row { RowIndex = ++number });
            for (var column = 0; column < row.Length; column++)
            {
                if (row[column] is { } value)
                {
                    var cell = MakeCell(value, strings);
                    cell.CellReference = $"{(char)('A' + column)}{number.ToString(CultureInfo.InvariantCulture)}";
                    writer.WriteElement(cell);
                }
            }

            writer.WriteEndElement();
        }

        writer.WriteEndElement();
        writer.WriteEndElement();
    }

    private static Cell MakeCell(object value, Dictionary<string, int> strings)
    {
        switch (value)
        {
            case string text:
                if (!strings.TryGetValue(text, out var index))
                {
                    strings.Add(text, index = strings.Count);
                }

                return new Cell { DataType = CellValues.SharedString, CellValue = new CellValue(index) };
            case bool flag:
                return new Cell { DataType = CellValues.Boolean, CellValue = new CellValue(flag ? "1" : "0") };
            case (double number, int style):
                return new Cell { StyleIndex = (uint)style, CellValue = new CellValue(number) };
            case (string formula, double result):
                return new Cell { CellFormula = new CellFormula(formula), CellValue = new CellValue(result) };
            default:
                return new Cell { CellValue = new CellValue(Convert.ToDouble(value, CultureInfo.InvariantCulture)) };
        }
    }
}
