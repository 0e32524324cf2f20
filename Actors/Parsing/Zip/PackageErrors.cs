using System.Xml;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Zip;

/// <summary>Turns what zip and XML readers throw about damaged content into rejections that name the part, and asks for at least some text.</summary>
internal static class PackageErrors
{
    /// <summary>Passes sections on.</summary>
    /// <param name="sections">The sections, made while they are read.</param>
    /// <param name="zip">The archive they are read from.</param>
    /// <param name="nothing">What to say when there is no text in it.</param>
    /// <returns>The same sections.</returns>
    /// <exception cref="DocumentRejectedException">The content is damaged, or holds no text.</exception>
    public static IEnumerable<Section> Guard(IEnumerable<Section> sections, BoundedZip zip, string nothing)
    {
        using var reader = sections.GetEnumerator();
        var any = false;
        while (Next(reader, zip))
        {
            any |= reader.Current.Kind != SectionKind.Title;
            yield return reader.Current;
        }

        if (!any)
        {
            throw new DocumentRejectedException(Rejection.Skip(Reasons.Empty, nothing));
        }
    }

    /// <summary>The rejection for an exception that damaged content causes; null for any other.</summary>
    public static DocumentRejectedException? Explain(Exception exception, string part) => exception switch
    {
        XmlException { InnerException: DocumentRejectedException rejected } => rejected,
        XmlException xml => Corrupt(
            $"the part '{BoundedZip.Shown(part)}' is not well-formed XML at line {xml.LineNumber}, position {xml.LinePosition}; save the document again with the program that made it", xml),
        InvalidDataException or EndOfStreamException => Corrupt($"the compressed data of the part '{BoundedZip.Shown(part)}' is damaged; fetch the file again", exception),
        NotSupportedException => Corrupt($"the part '{BoundedZip.Shown(part)}' is in an encoding or a compression that is not known", exception),
        _ => null,
    };

    private static bool Next(IEnumerator<Section> reader, BoundedZip zip)
    {
        try
        {
            return reader.MoveNext();
        }
        catch (Exception exception) when (exception is not DocumentRejectedException && Explain(exception, zip.CurrentPart) is not null)
        {
            throw Explain(exception, zip.CurrentPart)!;
        }
    }

    private static DocumentRejectedException Corrupt(string message, Exception inner) => new(Rejection.Dead(Reasons.Corrupt, message), inner);
}
