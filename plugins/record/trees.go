package record

import "hotspot-helper/internal/web"

// maxTrees bounds what is kept of the trees of all pages together, in the units of [web.TreeBudget], of which each takes about
// 150 bytes of memory. The tree that was parsed last is kept in any case. A login has a small part of it.
const maxTrees = web.TreeBudget / 2

// trees are the pages of a capture whose trees are kept, in the order in which they were parsed. What is parsed anew takes
// work anew.
type trees struct {
	work *web.Search
	kept []*exchange
	size int
}

// derived is what was read from the tree of a page, and is forgotten with it: it is in that tree.
type derived struct {
	forms func() []*pageForm  // nil: not read yet
	fills map[*action]*filled // of the actions on the page
}

// boundTrees bounds what is kept of the trees of all pages, for one draft.
func (c *Capture) boundTrees(work *web.Search) {
	c.forgetTrees()
	t := &trees{work: work}
	for _, x := range c.exchanges {
		x.page.MayParse = func() bool { return t.admit(x) }
	}
}

// forgetTrees forgets the trees of all pages.
func (c *Capture) forgetTrees() {
	for _, x := range c.exchanges {
		x.forget()
		x.page.MayParse, x.size, x.hashes = nil, 0, nil
	}
}

// admit makes room for the tree of a page that is about to be parsed. It reports false if the work is used up.
func (t *trees) admit(x *exchange) bool {
	switch {
	case x.size == 0: // the first time: going through all pages has spent that
		x.size = sizeOf(x.page.Body)
	case !t.work.Spend(costParse * len(x.page.Body)):
		return false
	}
	for len(t.kept) > 0 && t.size+x.size > maxTrees {
		t.size -= t.kept[0].size
		t.kept[0].forget()
		t.kept = t.kept[1:]
	}
	t.kept, t.size = append(t.kept, x), t.size+x.size
	return true
}

// sizeOf returns how much the tree of a body takes.
func sizeOf(body string) int {
	size := 1
	if cost := web.TreeCost(body); cost <= web.TreeBudget { // else it has no tree
		size += cost
	}
	return size
}

// forget drops the tree of the page with all that was read from it.
func (x *exchange) forget() {
	x.page.Forget()
	x.derived = derived{}
}
