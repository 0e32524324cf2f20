using System.Text.Json.Serialization;
using Sluice.Actors.Parsing.Visual;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>What a worker must know to parse as the process that started it would.</summary>
/// <param name="Options">Limits.</param>
/// <param name="Images">How the model wants its images; null where documents become text.</param>
/// <param name="RecognitionProblem">Why text in pictures cannot be recognised; null where it can, by the process that started the worker.</param>
internal sealed record WorkerSetup(ParsingOptions Options, ImageRecipe? Images, string? RecognitionProblem);

/// <summary>Writes and reads <see cref="WorkerSetup"/> without looking types up at run time, which a worker's start would pay for.</summary>
[JsonSerializable(typeof(WorkerSetup))]
internal sealed partial class WorkerSetupJson : JsonSerializerContext;
