using System.ComponentModel.DataAnnotations;

namespace Sluice.Actors.Parsing.Ocr;

/// <summary>How text in pictures is recognised. Configured below <c>sluice.parsing.ocr</c>.</summary>
public sealed class OcrOptions
{
    /// <summary>When: <c>auto</c> (the default), <c>off</c>, <c>always</c>.</summary>
    public OcrMode Mode { get; set; } = OcrMode.Auto;

    /// <summary>Lines that the network is less sure of are left out: the mean probability of a line's characters. Default 0.5, PaddleOCR's <c>drop_score</c>; 0 to 1.</summary>
    [Range(0.0, 1.0)]
    public double MinConfidence { get; set; } = 0.5;

    /// <summary>Pixels an inch at which pages of PDFs are drawn to be read. More reads smaller print and takes longer. Default 200; 72 to 600.</summary>
    [Range(72, 600)]
    public int Dpi { get; set; } = 200;

    /// <summary>
    /// Longest side, in pixels, of the picture in which lines are looked for; the lines themselves are read from the full picture. More finds smaller print and takes
    /// longer and more memory. Default 1,280; 320 to 4,096.
    /// </summary>
    [Range(320, 4096)]
    public int DetectionSide { get; set; } = 1280;

    /// <summary>Pages that are recognised at once in this process. Default 0: one for every four cores, at least one; 0 to 256.</summary>
    [Range(0, 256)]
    public int PagesAtOnce { get; set; }

    /// <summary>Threads of a network that runs. Default 0: half the cores, from 1 to 4, so that the embedder is not starved; 0 to 256.</summary>
    [Range(0, 256)]
    public int Threads { get; set; }

    /// <summary>
    /// Folder with the models (<c>ch_PP-OCRv4_det_infer.onnx</c>, <c>ch_ppocr_mobile_v2.0_cls_infer.onnx</c>, <c>ch_PP-OCRv4_rec_infer.onnx</c>) and the characters
    /// (<c>ppocr_keys_v1.txt</c>). Default empty: those that come with Sluice.
    /// </summary>
    [Required(AllowEmptyStrings = true)]
    public string Models { get; set; } = "";

    /// <summary>The number of pages this comes to on this machine.</summary>
    public int EffectivePagesAtOnce => PagesAtOnce > 0 ? PagesAtOnce : Math.Max(1, Environment.ProcessorCount / 4);

    /// <summary>The number of threads this comes to on this machine.</summary>
    public int EffectiveThreads => Threads > 0 ? Threads : Math.Clamp(Environment.ProcessorCount / 2, 1, 4);
}
