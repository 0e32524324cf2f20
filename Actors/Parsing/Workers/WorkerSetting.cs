using System.Text.Json;
using Sluice.Actors.Parsing.Ocr;
using Sluice.Actors.Parsing.Visual;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>How documents of one parser are parsed by workers. Immutable; safe for concurrent use.</summary>
internal sealed class WorkerSetting
{
    /// <summary>Makes it.</summary>
    /// <param name="options">Limits; not changed afterwards.</param>
    /// <param name="images">How the model wants its images; null for text.</param>
    /// <param name="died">Told of each worker that ended before its time, with the document's URI.</param>
    public WorkerSetting(ParsingOptions options, ImageRecipe? images, Action<WorkerDeathException, string> died)
    {
        Options = options;
        Died = died;
        Recognition = images is null && options.Ocr.Mode != OcrMode.Off ? TextRecognition.Shared(options.Ocr) : null;
        Setup = JsonSerializer.SerializeToUtf8Bytes(new WorkerSetup(options, images, Recognition?.Problem), WorkerSetupJson.Default.WorkerSetup);
    }

    /// <summary>Limits.</summary>
    public ParsingOptions Options { get; }

    /// <summary>What reads the pages that workers draw; null where none are to be read.</summary>
    public ITextRecognition? Recognition { get; }

    /// <summary>What a worker is told.</summary>
    public byte[] Setup { get; }

    /// <summary>Told of each worker that ended before its time, with the document's URI.</summary>
    public Action<WorkerDeathException, string> Died { get; }
}
