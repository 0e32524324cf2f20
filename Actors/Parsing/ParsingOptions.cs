using System.ComponentModel.DataAnnotations;
using Sluice.Actors.Parsing.Ocr;

namespace Sluice.Actors.Parsing;

/// <summary>Limits that keep bad input from harming a run. Configured below <c>sluice.parsing</c>.</summary>
public sealed class ParsingOptions
{
    /// <summary>Largest document that is read, in bytes; larger ones are skipped. Default 16 GiB; 1 to 2^50.</summary>
    [Range(1L, 1L << 50)]
    public long MaxDocumentBytes { get; set; } = 16L << 30;

    /// <summary>
    /// Largest document of a format that must be held in memory or seeked in (HTML, PDF, Office, EPUB, EML), in bytes; larger ones are skipped. Streamed formats
    /// (text, CSV, JSON Lines, XML and others) do not have this limit. Default 256 MiB; 1 to 2^40.
    /// </summary>
    [Range(1L, 1L << 40)]
    public long MaxWholeDocumentBytes { get; set; } = 256L << 20;

    /// <summary>Most bytes that a byte of a compressed document may expand to, counted beyond the first 16 MiB of output. Default 200; 2 to 100,000.</summary>
    [Range(2, 100_000)]
    public int MaxExpansionRatio { get; set; } = 200;

    /// <summary>Most bytes that a compressed document may expand to. Default 64 GiB; 1 to 2^50.</summary>
    [Range(1L, 1L << 50)]
    public long MaxExpandedBytes { get; set; } = 64L << 30;

    /// <summary>Deepest nesting of elements, objects, arrays, archives and attachments. Default 256; 8 to 10,000.</summary>
    [Range(8, 10_000)]
    public int MaxNesting { get; set; } = 256;

    /// <summary>Most elements of an HTML page, which is held in memory as a tree of some 400 bytes an element. Default 1,000,000; 1,000 to 100,000,000.</summary>
    [Range(1_000L, 100_000_000L)]
    public long MaxElements { get; set; } = 1_000_000;

    /// <summary>Most pixels of an image (width x height), looked at before it is decoded; larger ones are skipped. Default 100,000,000; 1 to 500,000,000.</summary>
    [Range(1L, 500_000_000L)]
    public long MaxImagePixels { get; set; } = 100_000_000;

    /// <summary>Recognition of text in pictures.</summary>
    [Required]
    public OcrOptions Ocr { get; set; } = new();

    /// <summary>The processes in which documents are parsed.</summary>
    [Required]
    public Workers.WorkerOptions Workers { get; set; } = new();

    /// <summary>Longest time a parser may take to its next section before the document is given up. Default 2 minutes; 1 second to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan SectionTimeout { get; set; } = TimeSpan.FromMinutes(2);
}
