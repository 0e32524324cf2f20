using System.Numerics;

namespace Sluice.Actors.Parsing.Ocr.Detection;

/// <summary>The smallest rectangle, turned as it may be, around points. One of its sides lies on a side of the points' convex hull (Freeman and Shapira, 1975).</summary>
internal static class SmallestRectangle
{
    /// <summary>Finds the rectangle.</summary>
    /// <param name="points">The points, at least one; put in order of x, then y.</param>
    public static TextBox Around(List<Vector2> points)
    {
        var hull = Hull(points);
        if (hull.Count == 1)
        {
            return new(hull[0].X, hull[0].Y, 0, 0, 0);
        }

        var best = default(TextBox);
        var smallest = double.MaxValue;
        for (var index = 0; index < hull.Count; index++)
        {
            var side = Vector2.Normalize(hull[(index + 1) % hull.Count] - hull[index]);
            float left = float.MaxValue, right = float.MinValue, top = float.MaxValue, bottom = float.MinValue;
            foreach (var point in hull)
            {
                var along = (point.X * side.X) + (point.Y * side.Y);
                var across = (point.Y * side.X) - (point.X * side.Y);
                (left, right) = (Math.Min(left, along), Math.Max(right, along));
                (top, bottom) = (Math.Min(top, across), Math.Max(bottom, across));
            }

            var area = (double)(right - left) * (bottom - top);
            if (area < smallest)
            {
                smallest = area;
                best = Make(side, (left + right) / 2, (top + bottom) / 2, right - left, bottom - top);
            }
        }

        return best;
    }

    /// <summary>The rectangle with the side nearer to horizontal first.</summary>
    private static TextBox Make(Vector2 side, float along, float across, float length, float thickness)
    {
        var x = (along * side.X) - (across * side.Y);
        var y = (along * side.Y) + (across * side.X);
        var angle = Math.Atan2(side.Y, side.X);
        var quarters = (int)Math.Round(angle / (Math.PI / 2));
        angle -= quarters * Math.PI / 2;
        return quarters % 2 == 0 ? new(x, y, length, thickness, angle) : new(x, y, thickness, length, angle);
    }

    /// <summary>The convex hull (Andrew's monotone chain).</summary>
    private static List<Vector2> Hull(List<Vector2> points)
    {
        points.Sort(static (one, other) => one.X != other.X ? one.X.CompareTo(other.X) : one.Y.CompareTo(other.Y));
        var hull = new List<Vector2>();
        for (var pass = 0; pass < 2; pass++)
        {
            var floor = hull.Count;
            for (var index = 0; index < points.Count; index++)
            {
                var point = points[pass == 0 ? index : points.Count - 1 - index];
                while (hull.Count >= floor + 2 && Cross(hull[^2], hull[^1], point) <= 0)
                {
                    hull.RemoveAt(hull.Count - 1);
                }

                hull.Add(point);
            }

            hull.RemoveAt(hull.Count - 1); // The first of the other half.
        }

        return hull.Count == 0 ? [points[0]] : hull;
    }

    private static float Cross(Vector2 from, Vector2 over, Vector2 to) => ((over.X - from.X) * (to.Y - from.Y)) - ((over.Y - from.Y) * (to.X - from.X));
}
