using Sluice.Actors.Parsing.Images;
using Sluice.Actors.Parsing.Ocr.Detection;
using Sluice.Actors.Parsing.Ocr.Recognition;

namespace Sluice.Actors.Parsing.Ocr;

/// <summary>
/// Reads the picture of a page: finds its lines, tells which way up it stands, and reads them. A page that lies on its side or stands on its head is turned first, so
/// that its lines come in order. Owns the networks. Safe for concurrent use.
/// </summary>
internal sealed class PageReader : IDisposable
{
    /// <summary>A line that is read less surely than this is read once more from its other end.</summary>
    private const float Doubtful = 0.7f;

    private readonly OcrNetwork _detection;
    private readonly OcrNetwork _direction;
    private readonly OcrNetwork _recognition;
    private readonly TextDetector _detector;
    private readonly DirectionClassifier _classifier;
    private readonly LineReader _reader;

    /// <summary>Loads the networks.</summary>
    /// <param name="models">Their files.</param>
    /// <param name="options">How they are run.</param>
    /// <exception cref="Streams.Failures.ModelException">One cannot be used.</exception>
    public PageReader(OcrModels models, OcrOptions options)
    {
        var characters = CharacterTable.Read(models.Characters);
        _detection = new OcrNetwork(models.Detection, options.EffectiveThreads);
        try
        {
            _direction = new OcrNetwork(models.Direction, options.EffectiveThreads);
            _recognition = new OcrNetwork(models.Recognition, options.EffectiveThreads);
        }
        catch
        {
            _direction?.Dispose();
            _detection.Dispose();
            throw;
        }

        _detector = new TextDetector(_detection, options.DetectionSide);
        _classifier = new DirectionClassifier(_direction);
        _reader = new LineReader(_recognition, characters);
    }

    /// <summary>Time that the networks took so far.</summary>
    public TimeSpan Running => _detection.Running + _direction.Running + _recognition.Running;

    /// <summary>Reads a page.</summary>
    /// <param name="image">Its picture.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The page.</returns>
    public RecognizedPage Read(RasterImage image, CancellationToken cancellationToken)
    {
        var boxes = _detector.Find(image, cancellationToken);
        if (2 * boxes.Where(static box => box.IsUpright).Sum(static box => box.Length) > boxes.Sum(static box => box.Length))
        {
            image = QuarterTurn.Clockwise(image);
            boxes = _detector.Find(image, cancellationToken);
        }

        var turned = _classifier.IsTurned(image, boxes, cancellationToken);
        var read = _reader.Read(image, boxes, turned, cancellationToken);
        turned ^= ReadAgain(image, boxes, turned, read, cancellationToken);
        var lines = new RecognizedLine[boxes.Count];
        for (var index = 0; index < lines.Length; index++)
        {
            lines[index] = new(turned ? boxes[index].TurnedOver(image.Width, image.Height) : boxes[index], read[index]);
        }

        return new(image.Width, image.Height, lines);
    }

    public void Dispose()
    {
        _detection.Dispose();
        _direction.Dispose();
        _recognition.Dispose();
    }

    /// <summary>Reads what was hardly legible from its other end, and keeps that where it is surer.</summary>
    /// <returns>Whether that was most of the page: then the page stands the other way up than its lines seemed to say.</returns>
    private bool ReadAgain(RasterImage image, List<TextBox> boxes, bool turned, RecognizedText[] read, CancellationToken cancellationToken)
    {
        var doubtful = new List<int>();
        for (var index = 0; index < read.Length; index++)
        {
            if (read[index].Confidence < Doubtful)
            {
                doubtful.Add(index);
            }
        }

        if (doubtful.Count == 0)
        {
            return false;
        }

        var again = _reader.Read(image, doubtful.ConvertAll(index => boxes[index]), !turned, cancellationToken);
        var (kept, length) = (0.0, 0.0);
        for (var index = 0; index < again.Length; index++)
        {
            if (again[index].Confidence >= Doubtful && again[index].Characters.Count >= read[doubtful[index]].Characters.Count)
            {
                read[doubtful[index]] = again[index];
                kept += boxes[doubtful[index]].Length;
            }
        }

        foreach (var box in boxes)
        {
            length += box.Length;
        }

        return 2 * kept > length;
    }
}
