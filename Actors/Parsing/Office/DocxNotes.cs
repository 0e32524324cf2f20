using System.Text;
using Sluice.Actors.Parsing.Zip;

namespace Sluice.Actors.Parsing.Office;

/// <summary>Foot- or endnotes by id, held in memory while they are few; a part larger than <see cref="MaxHeldBytes"/> is read after the body instead.</summary>
internal sealed class DocxNotes
{
    /// <summary>Largest part that is held, in bytes of XML.</summary>
    public const int MaxHeldBytes = 4 << 20;

    private const int MaxNote = 32 * 1024;

    private readonly Dictionary<string, string> _notes = new(StringComparer.Ordinal);
    private readonly BoundedZip _zip;

    /// <summary>Reads the part, unless it is missing or large.</summary>
    public DocxNotes(OpcPackage package, string? part)
    {
        _zip = package.Zip;
        if (part is null || !package.Zip.Contains(part))
        {
            return;
        }

        if (package.Zip.DeclaredLength(part) > MaxHeldBytes)
        {
            StreamedPart = part;
            return;
        }

        using var xml = package.OpenXml(part);
        while (xml.Read())
        {
            if (xml.IsStart && xml.Name is "footnote" or "endnote")
            {
                if (xml.Attribute("id") is { } id && xml.Attribute("type") is null or "normal")
                {
                    _notes.TryAdd(id, NoteText(xml));
                }
                else
                {
                    xml.Skip();
                }
            }
        }
    }

    /// <summary>The part to read after the body; null when the notes are held.</summary>
    public string? StreamedPart { get; }

    /// <summary>Text of a note; null when there is none of that id.</summary>
    /// <exception cref="Sluice.Streams.Failures.DocumentRejectedException">It refers to notes so often that it expands beyond what is allowed.</exception>
    public string? Find(string? id)
    {
        var note = id is null ? null : _notes.GetValueOrDefault(id);
        _zip.Charge(note?.Length ?? 0);
        return note;
    }

    private static string NoteText(XmlPart xml)
    {
        var text = new StringBuilder();
        var depth = xml.Depth;
        var inText = false;
        while (!xml.IsEmpty && xml.Read() && xml.Depth > depth)
        {
            if (xml.IsStart && DocxBody.IsLeftOut(xml.Name))
            {
                xml.Skip();
            }
            else if (xml.IsStart && xml.Name is "p" or "br" or "tab" && text.Length > 0)
            {
                text.Append(' ');
            }

            inText = xml.IsText ? inText : xml.IsStart && xml.Name == "t";
            while (inText && xml.IsText && text.Length < MaxNote && xml.ReadTextPiece(text))
            {
            }
        }

        return text.ToString().Trim();
    }
}
