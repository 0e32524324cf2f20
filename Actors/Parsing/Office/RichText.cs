using System.Text;
using Sluice.Actors.Parsing.Zip;

namespace Sluice.Actors.Parsing.Office;

/// <summary>Reads the text of a shared or inline string of a workbook: all its runs, without phonetic guides.</summary>
internal static class RichText
{
    /// <summary>Appends the text within the element that <paramref name="xml"/> stands on; afterwards it stands on its end.</summary>
    public static void Read(XmlPart xml, StringBuilder text, int most)
    {
        if (xml.IsEmpty)
        {
            return;
        }

        var depth = xml.Depth;
        var inText = false;
        while (xml.Read() && xml.Depth > depth)
        {
            if (xml.IsStart && xml.Name is "rPh" or "phoneticPr")
            {
                xml.Skip();
            }
            else if (xml.IsStart)
            {
                inText = xml.Name == "t" && !xml.IsEmpty;
            }
            else if (xml.IsEnd)
            {
                inText = false;
            }
            else if (inText && xml.IsText)
            {
                while (text.Length < most && xml.ReadTextPiece(text))
                {
                }

                text.Length = Math.Min(text.Length, most);
            }
        }
    }
}
