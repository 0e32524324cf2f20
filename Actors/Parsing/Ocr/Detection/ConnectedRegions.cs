using System.Numerics;

namespace Sluice.Actors.Parsing.Ocr.Detection;

/// <summary>Finds connected regions of a map where its value is above a threshold; pixels that touch at a corner are connected.</summary>
internal static class ConnectedRegions
{
    /// <summary>Finds the regions.</summary>
    /// <param name="map">Values, row by row.</param>
    /// <param name="width">Values in a row.</param>
    /// <param name="threshold">What belongs to a region is above it.</param>
    /// <returns>For each region the first and last pixel of each of its runs in a row: enough for its hull.</returns>
    public static List<List<Vector2>> Find(ReadOnlySpan<float> map, int width, float threshold)
    {
        var runs = new List<Run>();
        var parents = new List<int>();
        var above = 0; // First run of the row above.
        for (var y = 0; y < map.Length / width; y++)
        {
            var first = runs.Count;
            var row = map.Slice(y * width, width);
            var candidate = above;
            for (var x = 0; x < width; x++)
            {
                if (!(row[x] > threshold))
                {
                    continue;
                }

                var start = x;
                while (x + 1 < width && row[x + 1] > threshold)
                {
                    x++;
                }

                var label = runs.Count;
                parents.Add(label);
                while (candidate < first && runs[candidate].End < start - 1)
                {
                    candidate++;
                }

                for (var touching = candidate; touching < first && runs[touching].Start <= x + 1; touching++)
                {
                    Join(parents, touching, label);
                }

                runs.Add(new(y, start, x));
            }

            above = first;
        }

        var regions = new Dictionary<int, List<Vector2>>();
        var found = new List<List<Vector2>>();
        for (var index = 0; index < runs.Count; index++)
        {
            var root = Root(parents, index);
            if (!regions.TryGetValue(root, out var points))
            {
                regions.Add(root, points = []);
                found.Add(points);
            }

            points.Add(new(runs[index].Start, runs[index].Y));
            points.Add(new(runs[index].End, runs[index].Y));
        }

        return found;
    }

    private static int Root(List<int> parents, int label)
    {
        while (parents[label] != label)
        {
            label = parents[label] = parents[parents[label]];
        }

        return label;
    }

    private static void Join(List<int> parents, int one, int other)
    {
        var (low, high) = (Root(parents, one), Root(parents, other));
        parents[Math.Max(low, high)] = Math.Min(low, high);
    }

    private readonly record struct Run(int Y, int Start, int End);
}
